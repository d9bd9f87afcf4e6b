import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { variable } from '../../functions/shared/environment.ts';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const functions = template.ofType('AWS::Lambda::Function');
const environmentSchema = z.object({ Variables: z.record(z.string(), z.unknown()) });

function environmentOf(properties: Record<string, unknown>): Record<string, unknown> {
  return environmentSchema.parse(properties.Environment).Variables;
}

describe('every function', () => {
  test.each(functions.map((fn) => [fn.id, fn] as const))('%s runs on Node 24, arm64', (_, { properties }) => {
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
  });

  test.each(functions.map((fn) => [fn.id, fn] as const))(
    '%s logs JSON into a log group that expires',
    (_, { properties }) => {
      const logging = z.object({ LogGroup: z.unknown() }).loose().parse(properties.LoggingConfig);
      expect(logging).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'INFO' });
      expect(template.target(logging.LogGroup).properties.RetentionInDays).toBe(30);
    },
  );

  test('has a role and a log group of its own', () => {
    for (const of of ['Role', 'LoggingConfig']) {
      const targets = functions.map(({ properties }) => template.target(properties[of]).id);
      expect(new Set(targets).size).toBe(functions.length);
    }
  });

  test('is traced only where tracing is asked for', () => {
    for (const { properties } of functions) expect(properties).not.toHaveProperty('TracingConfig');
    for (const { properties } of new SynthesizedTemplate({ 'hawser:tracing': 'true' }).ofType(
      'AWS::Lambda::Function',
    )) {
      expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
    }
  });

  test('reserves no concurrency, which an account with the initial quota could not deploy', () => {
    for (const { properties } of functions) expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

test('there are six functions', () => {
  expect(functions).toHaveLength(6);
});

describe('the environment', () => {
  test.each(Object.values(variable))('has %s on at least one function', (name) => {
    expect(functions.some(({ properties }) => name in environmentOf(properties))).toBe(true);
  });

  test('has no variable that the handlers do not know', () => {
    const known: ReadonlySet<string> = new Set(Object.values(variable));
    const unknown = functions.flatMap(({ properties }) =>
      Object.keys(environmentOf(properties)).filter((key) => !known.has(key)),
    );
    expect(unknown).toEqual([]);
  });

  test('holds nothing secret: names and settings only, no dynamic reference to a secret', () => {
    const text = JSON.stringify([functions.map(({ properties }) => environmentOf(properties)), template.outputs]);
    expect(text).not.toContain('resolve:');
    expect(text).not.toContain('SecretString');
  });

  test('gives links the URL of the API, or the configured one', () => {
    const urls = (settings?: Record<string, unknown>) =>
      new SynthesizedTemplate(settings)
        .ofType('AWS::Lambda::Function')
        .map(({ properties }) => environmentOf(properties)[variable.publicUrl])
        .filter((url) => url !== undefined);
    expect(JSON.stringify(urls())).toContain('.execute-api.');
    expect(urls()).toHaveLength(1);
    const configured = 'https://hooks.example.com';
    expect(urls({ 'hawser:publicUrl': configured })).toEqual([configured, configured, configured]);
  });
});

test('the outputs say where everything is', () => {
  expect(Object.keys(template.outputs).sort()).toEqual([
    'AlarmTopicArn',
    'ApiUrl',
    'DashboardUrl',
    'DeadLetterQueueUrl',
    'DeliveryQueueUrl',
    'DestinationPrincipals',
    'EventBusName',
    'FanOutFailuresUrl',
    'ReplayDeadLettersUrl',
    'RootKeySecretArn',
    'ScheduleDeadLettersUrl',
    'WebSocketUrl',
  ]);
});
