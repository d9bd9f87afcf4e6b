import { afterEach, expect, it, vi } from 'vitest';
import { destinationNetwork } from './destination-network.ts';
import { requireEnv, variable } from './environment.ts';
import { retentionDays } from './retention-days.ts';

afterEach(() => vi.unstubAllEnvs());

it('is parsed', () => {
  vi.stubEnv(variable.retentionDays, '30');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  expect([retentionDays(), destinationNetwork()]).toEqual([30, 'loopback']);
});

it('has a port that no delivery goes to where the services of AWS are on this machine', () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:4101');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  expect(destinationNetwork()).toEqual({ awsPort: 4101 });
  vi.stubEnv(variable.destinationNetwork, 'public');
  expect(destinationNetwork()).toBe('public');
});

it.each(['', undefined])('names a variable that is %j', (value) => {
  vi.stubEnv(variable.publicUrl, value);
  expect(() => requireEnv(variable.publicUrl)).toThrow('the environment variable PUBLIC_URL is not set');
});

it.each(['a month', '0', '1.5', '-1'])('names a variable that has no number of days: %s', (value) => {
  vi.stubEnv(variable.retentionDays, value);
  expect(retentionDays).toThrow('the environment variable RETENTION_DAYS is wrong: ');
});

it('names a variable that is none of what it may be', () => {
  vi.stubEnv(variable.destinationNetwork, 'private');
  expect(destinationNetwork).toThrow('the environment variable DESTINATION_NETWORK is wrong: ');
});
