import { expect, test } from 'vitest';
import { SynthesizedTemplate } from './support.ts';

/** Properties that name a resource itself. Most such names are unique in an account and region; a dashboard's and a bucket's beyond it. */
const NAMES = new Set([
  'AlarmName',
  'AliasName',
  'BucketName',
  'DashboardName',
  'FunctionName',
  'LogGroupName',
  'Name',
  'QueueName',
  'RoleName',
  'TableName',
  'TopicName',
]);

/** Also in the configuration that is a resource's one property, as CloudFront has it; in a list it is what the resource is about. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    NAMES.has(key) && typeof member === 'string' ? [member] : namesIn(member),
  );
}

function namesOf(settings: Record<string, unknown>): string[] {
  return new SynthesizedTemplate(settings).resources.flatMap(({ type, properties }) =>
    namesIn(properties).map((name) => `${type} ${name}`),
  );
}

test('stacks of two names have no name in common, so that both can stand in one account and region', () => {
  const names = namesOf({});
  expect(names).toContain('AWS::Events::EventBus Hawser-events');
  const others = namesOf({ 'hawser:stackName': 'Second' });
  expect(others).toHaveLength(names.length);
  expect(names.filter((name) => others.includes(name))).toEqual([]);
});
