import { expect, test } from 'vitest';
import { SynthesizedTemplate } from './support.ts';

/**
 * Properties that name the resource itself. Most such names must be unique in an account and region; those of dashboards and
 * buckets beyond the region.
 */
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

/**
 * Looks into nested objects too, because CloudFront has all its configuration in one property. Not into lists: they name what the
 * resource is about.
 */
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

test('two stacks with different names share no resource name, so that both fit into one account and region', () => {
  const names = namesOf({});
  expect(names).toContain('AWS::Events::EventBus Hawser-events');
  const others = namesOf({ 'hawser:stackName': 'Second' });
  expect(others).toHaveLength(names.length);
  expect(names.filter((name) => others.includes(name))).toEqual([]);
});
