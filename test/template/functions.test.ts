import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { PROBE_LEASE_SECONDS } from '../../core/circuit/circuit.ts';
import { isArriving } from '../../core/clients/client.ts';
import { variable } from '../../functions/shared/environment.ts';
import { THREADS_VARIABLE } from '../../lib/name-lookups.ts';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const { functions } = template;
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

  test('every function has a role and a log group of its own', () => {
    for (const of of ['Role', 'LoggingConfig']) {
      const targets = functions.map(({ properties }) => template.target(properties[of]).id);
      expect(new Set(targets).size).toBe(functions.length);
    }
  });

  test('functions are traced only if tracing is configured', () => {
    for (const { properties } of functions) expect(properties).not.toHaveProperty('TracingConfig');
    for (const { properties } of new SynthesizedTemplate({ 'hawser:tracing': 'true' }).functions) {
      expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
    }
  });

  test('no function reserves concurrency, which an account with the initial quota could not deploy', () => {
    for (const { properties } of functions) expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('a wait of the domain, which does not know the timeouts of functions', () => {
  const timeoutOf = (idPrefix: string) =>
    z.number().parse(template.one('AWS::Lambda::Function', idPrefix).properties.Timeout);

  test('the wait for the probe of a circuit is longer than the delivery function may run', () => {
    expect(PROBE_LEASE_SECONDS).toBeGreaterThan(timeoutOf('Delivery'));
  });

  test('the wait for a client to be connected is longer than the function may run', () => {
    expect(isArriving({ connectedAtMs: 0 }, timeoutOf('Clients') * 1000)).toBe(true);
  });
});

test('there are six functions', () => {
  expect(functions).toHaveLength(6);
});

describe('the environment', () => {
  test.each(Object.values(variable))('the variable %s is set on at least one function', (name) => {
    expect(functions.some(({ properties }) => name in environmentOf(properties))).toBe(true);
  });

  test('no variable is set that the handlers do not know', () => {
    const known: ReadonlySet<string> = new Set([...Object.values(variable), THREADS_VARIABLE]);
    const unknown = functions.flatMap(({ properties }) =>
      Object.keys(environmentOf(properties)).filter((key) => !known.has(key)),
    );
    expect(unknown).toEqual([]);
  });

  test('the environment holds no secrets: names and settings only, and no dynamic reference to a secret', () => {
    const text = JSON.stringify([functions.map(({ properties }) => environmentOf(properties)), template.outputs]);
    expect(text).not.toContain('resolve:');
    expect(text).not.toContain('SecretString');
  });

  test('functions that connect to receivers have enough threads for slow name look-ups', () => {
    for (const { id, properties } of functions) {
      const connects = /^(Delivery|Management)/.test(id);
      expect([id, environmentOf(properties)[THREADS_VARIABLE]]).toEqual([id, connects ? '64' : undefined]);
    }
  });

  describe.each([
    ['links, cookies and the check of whose page asks', variable.publicUrl, ['Delivery', 'Management']],
    ['ingest URLs', variable.ingestUrl, ['Ingest', 'Management']],
  ] as const)('the URL for %s', (_, name, readers) => {
    /** By the function that reads it, as text. */
    const urls = (settings?: Record<string, unknown>) =>
      new SynthesizedTemplate(settings).functions
        .map(({ id, properties }) => [id.replace(/Function.*$/, ''), environmentOf(properties)[name]] as const)
        .filter(([, url]) => url !== undefined);

    test('people get the URL of the distribution, and senders the cheaper one of the API itself', () => {
      expect(urls().map(([reader]) => reader)).toEqual(readers);
      for (const [, url] of urls()) {
        expect(JSON.stringify(url)).toMatch(name === variable.publicUrl ? /DashboardDistribution/ : /GatewayApi/);
      }
    });

    test('a stack without a dashboard uses the URL of the API', () => {
      for (const [, url] of urls({ 'hawser:dashboard': false })) expect(JSON.stringify(url)).toMatch(/GatewayApi/);
    });

    test('a configured URL takes precedence', () => {
      const configured = 'https://hooks.example.com';
      for (const [, url] of urls({ 'hawser:publicUrl': configured })) expect(url).toBe(configured);
    });
  });

  test('senders get an address of their own if one is configured', () => {
    const { functions } = new SynthesizedTemplate({
      'hawser:publicUrl': 'https://hawser.example.com',
      'hawser:ingestUrl': 'https://in.example.com',
    });
    const ingest = functions.find(({ id }) => id.startsWith('Ingest'));
    expect(environmentOf(ingest?.properties ?? {})[variable.ingestUrl]).toBe('https://in.example.com');
  });
});

test('the outputs name every address, queue, bus and role', () => {
  expect(Object.keys(template.outputs).sort()).toEqual([
    'AlarmTopicArn',
    'ApiUrl',
    'DashboardUrl',
    'DeadLetterQueueUrl',
    'DeliveryQueueUrl',
    'DestinationPrincipals',
    'DistributionDomainName',
    'EventBusName',
    'FanOutFailuresUrl',
    'IngestUrl',
    'OperationsDashboardUrl',
    'ReplayDeadLettersUrl',
    'RootKeySecretArn',
    'ScheduleDeadLettersUrl',
    'WebSocketUrl',
  ]);
});
