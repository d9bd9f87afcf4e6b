import { request } from 'node:http';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, vi } from 'vitest';
import { AwsEndpoint } from './endpoint.ts';

it('the endpoint survives a response that HTTP cannot carry', async () => {
  const headers: Record<string, string>[] = [{ 'x-amz-meta-name': 'two\nlines' }, {}];
  const endpoint = new AwsEndpoint([
    {
      signingName: 's3',
      handle: async () => ({ status: 200, headers: headers.shift() ?? {}, body: 'fine' }),
      errorResponse: () => ({ status: 500, headers: {}, body: '' }),
    },
  ]);
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const server = await endpoint.listen(0);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request';
  await expect(fetch(url, { headers: { authorization } })).rejects.toThrow();
  expect(String(stderr.mock.calls[0]?.[0])).toContain('could not be sent');
  stderr.mockRestore();
  expect(await (await fetch(url, { headers: { authorization } })).text()).toBe('fine');
  server.close();
  server.closeAllConnections();
});

it.each([
  ['of another site', { origin: 'https://evil.example' }],
  ['of a page without an origin of its own', { origin: 'null' }],
  ['to a name that was made to resolve to this machine', { host: 'rebind.evil.example:4101' }],
  ['of a delivery', { 'x-hawser-delivery-id': 'dlv_1' }],
  ['that have been through the gateway', { 'cdn-loop': 'hawser' }],
  ['that have been through the gateway, among others', { 'cdn-loop': 'cloudflare; loops=1, Hawser; x=1' }],
])('requests %s are refused, whatever their credentials', async (_, headers) => {
  const endpoint = new AwsEndpoint([
    {
      signingName: 's3',
      handle: () => Promise.reject(new Error('it got through')),
      errorResponse: () => ({ status: 500, headers: {}, body: '' }),
    },
  ]);
  const server = await endpoint.listen(0);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request';
  const status = await new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, headers: { authorization, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  expect(status).toBe(403);
  server.close();
  server.closeAllConnections();
});

it('a client of a service that is missing is told so in the form that it can read', async () => {
  const server = await new AwsEndpoint().listen(0);
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  const options = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const missing = { name: 'NotImplemented', message: expect.stringContaining('has no service') };
  await expect(new STSClient(options).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(missing);
  await expect(new SQSClient(options).send(new ListQueuesCommand({}))).rejects.toMatchObject(missing);
  server.close();
  server.closeAllConnections();
});

it("the endpoint's own pages are shown to a plain GET, but not to a website", async () => {
  const endpoint = new AwsEndpoint();
  endpoint.addPage('/_hawser/answer', () => ({ answer: 42 }));
  const server = await endpoint.listen(0);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/_hawser/answer`;
  expect(await (await fetch(url)).json()).toEqual({ answer: 42 });
  expect((await fetch(url, { method: 'POST' })).status).toBe(403);
  expect((await fetch(`${url}s`)).status).toBe(403);
  expect((await fetch(url, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  server.close();
  server.closeAllConnections();
});
