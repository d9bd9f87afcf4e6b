import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig, settingNames } from '../../lib/config.ts';
import { cliContext } from './support.ts';

function problemsOf(context: Record<string, unknown>): string {
  try {
    parseConfig(context);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('the configuration', () => {
  test('every setting that can have a default has one', () => {
    expect(parseConfig({})).toEqual({
      stackName: 'Hawser',
      dashboard: true,
      apiRequestsPerMinute: 3_000,
      retentionDays: 30,
      logRetentionDays: 30,
      destinationNetwork: 'public',
      tracing: false,
      accessLogs: false,
      throttleRate: 5_000,
      throttleBurst: 2_500,
      deliveryConcurrency: 400,
      logLevel: 'INFO',
      removalPolicy: 'retain',
    });
  });

  test('settings in the context of cdk.json are read', () => {
    const cdkJson = `{
      "context": {
        "@aws-cdk/core:checkSecretUsage": true,
        "hawser:stackName": "Hooks",
        "hawser:alarmEmail": "oncall@example.com",
        "hawser:dashboard": false,
        "hawser:tracing": true,
        "hawser:logRetentionDays": 90,
        "hawser:deliveryConcurrency": 5
      }
    }`;
    expect(parseConfig(JSON.parse(cdkJson).context)).toEqual({
      ...parseConfig({}),
      stackName: 'Hooks',
      alarmEmail: 'oncall@example.com',
      dashboard: false,
      tracing: true,
      logRetentionDays: 90,
      deliveryConcurrency: 5,
    });
  });

  test('numbers and booleans are accepted as text, because the command line has nothing else', () => {
    const config = parseConfig({ 'hawser:retentionDays': '7', 'hawser:tracing': 'true', 'hawser:accessLogs': 'false' });
    expect(config).toMatchObject({ retentionDays: 7, tracing: true, accessLogs: false });
  });

  test('context without the prefix is ignored', () => {
    expect(parseConfig(cliContext())).toEqual(parseConfig({}));
  });

  test('the trailing slash of the public URL is dropped, because paths are appended to it', () => {
    expect(parseConfig({ 'hawser:publicUrl': 'https://hooks.example.com/' }).publicUrl).toBe(
      'https://hooks.example.com',
    );
  });

  test.each([
    ['retentionDays', 'thirty', '"thirty"', 'a whole number from 1 to 365'],
    ['retentionDays', '0', '"0"', 'a whole number from 1 to 365'],
    ['retentionDays', 1.5, '1.5', 'a whole number from 1 to 365'],
    ['logRetentionDays', '31', '"31"', '1, 3, 5, 7, 14, 30, 60, 90, 180 or 365'],
    ['throttleRate', '10001', '"10001"', 'a whole number from 1 to 10000'],
    ['throttleBurst', '', '""', 'a whole number from 1 to 5000'],
    ['deliveryConcurrency', 1, '1', 'a whole number from 2 to 1000'],
    ['destinationNetwork', 'private', '"private"', 'public or loopback'],
    ['tracing', 'yes', '"yes"', 'true or false'],
    ['accessLogs', 1, '1', 'true or false'],
    ['logLevel', 'info', '"info"', 'DEBUG, INFO, WARN or ERROR'],
    ['removalPolicy', 'keep', '"keep"', 'retain or destroy'],
    ['dashboard', 'off', '"off"', 'true or false'],
    ['ingestUrl', 'http://in.example.com', '"http://in.example.com"', 'an https URL'],
    ['alarmEmail', 'ops', '"ops"', 'an e-mail address'],
    ['stackName', '1st', '"1st"', 'a letter, then up to 55 letters, digits and hyphens'],
    ['publicUrl', 'hooks.example.com', '"hooks.example.com"', 'an https URL'],
    ['publicUrl', 'http://hooks.example.com', '"http://hooks.example.com"', 'an https URL'],
    ['publicUrl', 'https://hooks.example.com/?a=b', '"https://hooks.example.com/?a=b"', 'an https URL'],
    ['publicUrl', 'https://hooks.example.com/?', '"https://hooks.example.com/?"', 'an https URL'],
    ['publicUrl', 'https://hooks.example.com/#', '"https://hooks.example.com/#"', 'an https URL'],
    ['publicUrl', ' https://hooks.example.com', '" https://hooks.example.com"', 'an https URL'],
    ['publicUrl', 'https://:secret@hooks.example.com', '"https://:secret@hooks.example.com"', 'an https URL'],
  ])('refuses hawser:%s = %j with its name, the value and the allowed values', (key, value, shown, allowed) => {
    const problem = problemsOf({ [`hawser:${key}`]: value });
    expect(problem).toContain(`hawser:${key} is ${shown}; allowed: ${allowed}`);
    expect(problem.split('\n')).toHaveLength(1);
  });

  test('an unknown setting is refused with a list of the known ones', () => {
    const problem = problemsOf({ 'hawser:retention': 30 });
    expect(problem).toContain('hawser:retention is not a setting');
    expect(problem).toContain('hawser:retentionDays');
  });

  test('all problems are named at once, one per line', () => {
    const problem = problemsOf({ 'hawser:retention': 30, 'hawser:tracing': 'on', 'hawser:logLevel': 'all' });
    expect(problem.split('\n')).toHaveLength(3);
  });

  test('the loopback network is refused unless the public URL is a loopback URL too', () => {
    const loopback = { 'hawser:destinationNetwork': 'loopback' };
    expect(problemsOf(loopback)).toContain('hawser:destinationNetwork is "loopback"; allowed: public');
    expect(problemsOf({ ...loopback, 'hawser:publicUrl': 'https://hooks.example.com' })).toContain('loopback');
    const local = { ...loopback, 'hawser:publicUrl': 'http://127.0.0.1:4100' };
    expect(parseConfig(local).destinationNetwork).toBe('loopback');
  });
});

test('a certificate of another region than us-east-1 is refused', () => {
  const certificate = 'arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c';
  const problem = problemsOf({ 'hawser:publicUrl': 'https://hooks.example.com', 'hawser:certificateArn': certificate });
  expect(problem).toBe(
    `hawser:certificateArn is "${certificate}"; allowed: the ARN of an ACM certificate in us-east-1`,
  );
});

test.each([
  [{ 'hawser:dashboard': false, 'hawser:publicUrl': 'https://hooks.example.com' }],
  [{ 'hawser:dashboard': true }],
])('a certificate that no distribution would use is refused: %j', (settings) => {
  const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c';
  const problem = problemsOf({ ...settings, 'hawser:certificateArn': certificate });
  expect(problem).toContain(`hawser:certificateArn is "${certificate}"; allowed: none, unless hawser:publicUrl`);
});

test('the app reports a wrong setting without a stack trace', () => {
  const app = fileURLToPath(new URL('../../bin/hawser.ts', import.meta.url));
  const context = cliContext({ 'hawser:logLevel': 'loud' });
  const run = spawnSync(process.execPath, [app], {
    encoding: 'utf8',
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  expect(run.status).toBe(1);
  expect(run.stderr.trim()).toBe('hawser:logLevel is "loud"; allowed: DEBUG, INFO, WARN or ERROR');
});

describe('docs/configuration.md', () => {
  const documented = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = [...documented.matchAll(/^\| `hawser:(\w+)` \| (.+?) \|/gm)].map(([, name = '', standard = '']) => [
    name,
    standard.replaceAll('`', ''),
  ]);

  test('docs/configuration.md lists every setting', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...settingNames].sort());
  });

  test('docs/configuration.md shows settings as cdk.json accepts them', () => {
    const shown = [...documented.matchAll(/^```json\n(?:"context": \{\n)?(.*?),\n```$/gms)].map(([, lines = '']) =>
      JSON.parse(`{${lines.replaceAll(':…:certificate/…', ':111122223333:certificate/0f1e2d3c')}}`),
    );
    expect(shown).toHaveLength(2);
    for (const settings of shown) expect(() => parseConfig(settings)).not.toThrow();
  });

  test('docs/configuration.md gives the default of every setting that has one', () => {
    for (const [name, standard] of Object.entries(parseConfig({}))) {
      expect(Object.fromEntries(rows)[name], name).toBe(String(standard));
    }
  });
});
