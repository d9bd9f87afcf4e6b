import { beforeAll, expect, test, vi } from 'vitest';
import * as clients from './aws-clients.ts';

beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  return () => vi.unstubAllEnvs();
});

test.each(Object.entries(clients))('the client %s tries a call at most three times', async (_name, client) => {
  expect(await client().config.maxAttempts()).toBe(3);
});
