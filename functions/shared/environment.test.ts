import { afterEach, expect, it, vi } from 'vitest';
import { destinationNetwork } from './destination-network.ts';
import { requireEnv, retentionDays, variable } from './environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('environment variables are parsed', () => {
  vi.stubEnv(variable.retentionDays, '30');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  expect([retentionDays(), destinationNetwork()]).toEqual([30, 'loopback']);
});

it('the destination network names the port of the AWS services if they are on this machine', () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:4101');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  expect(destinationNetwork()).toEqual({ awsPort: 4101 });
  vi.stubEnv(variable.destinationNetwork, 'public');
  expect(destinationNetwork()).toBe('public');
});

it.each(['', undefined])('the error for a variable that is %j names it', (value) => {
  vi.stubEnv(variable.publicUrl, value);
  expect(() => requireEnv(variable.publicUrl)).toThrow('the environment variable PUBLIC_URL is not set');
});

it.each(['a month', '0', '1.5', '-1'])('the error for an invalid number of days names the variable: %s', (value) => {
  vi.stubEnv(variable.retentionDays, value);
  expect(retentionDays).toThrow('the environment variable RETENTION_DAYS is wrong: ');
});

it('the error for a value outside the allowed ones names the variable', () => {
  vi.stubEnv(variable.destinationNetwork, 'private');
  expect(destinationNetwork).toThrow('the environment variable DESTINATION_NETWORK is wrong: ');
});
