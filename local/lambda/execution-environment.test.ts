import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { newRunner, writeFunction } from './functions.fixture.ts';
import type { LambdaRunner } from './runner.ts';

/** Targets of the calls that reach the AWS endpoint. */
let calls: string[];
let folder: string;
let runner: LambdaRunner;

beforeEach(() => {
  calls = [];
  folder = mkdtempSync(join(tmpdir(), 'hawser-environment-'));
  const endpoint = new AwsEndpoint();
  endpoint.add({
    signingName: 'dynamodb',
    handle: async ({ headers }) => {
      calls.push(headers['x-amz-target'] ?? '');
      return { status: 200, headers: {}, body: '{}' };
    },
    errorResponse: () => ({ status: 500, headers: {}, body: '' }),
  });
  runner = newRunner({ endpoint, logDirectory: join(folder, 'logs') });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await runner.close();
  rmSync(folder, { recursive: true });
});

const SOURCE = (handler: string) => `
  import http from 'node:http';
  const put = (target) => new Promise((resolve, reject) => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/dynamodb/aws4_request', 'x-amz-target': 'DynamoDB_20120810.' + target };
    const request = http.request(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers }, (response) => response.resume().on('end', resolve));
    request.on('error', reject).end('{}');
  });
  await put('GetItem');
  export const handler = ${handler};`;

/** Runs the function until it has made this many calls, and returns what was reported about them. */
async function reported(handler: string, callsMade: number): Promise<{ log: string; stderr: string }> {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const spec = writeFunction(folder, { source: SOURCE(handler) });
  runner.ensureFunction(spec);
  for (let times = 0; times < 2; times++) await runner.invoke(spec.arn, '{}');
  await vi.waitFor(() => expect(calls).toHaveLength(callsMade), 5_000);
  const log = join(folder, 'logs', 'probe.log');
  return { log: existsSync(log) ? readFileSync(log, 'utf8') : '', stderr: stderr.mock.calls.join('') };
}

test('a call that a function makes after its response is reported once, as Lambda would have frozen it', async () => {
  const { log, stderr } = await reported(
    `async () => { setTimeout(() => put('PutItem'), 200); return 'the await is forgotten'; }`,
    3,
  );
  const sentence = 'called DynamoDB_20120810.PutItem after it had returned; Lambda would have frozen it';
  expect(log.match(new RegExp(sentence, 'g'))).toHaveLength(1);
  expect(stderr).toBe(`hawser: probe ${sentence}\n`);
});

test('calls at startup, within an invocation, or begun right before the response are not reported', async () => {
  const { log, stderr } = await reported(`async () => { await put('PutItem'); put('UpdateItem'); return 'done'; }`, 5);
  expect([log, stderr]).toEqual(['', '']);
});
