import { expect, it } from 'vitest';
import { AwsEndpoint } from './endpoint.ts';
import type { WireService } from './wire.ts';

const LAMBDA = 'aws-sdk-js/3.1 lang/js exec-env/AWS_Lambda_nodejs24.x';
const TOOL = 'aws-cli/2.15 md/prompt#off';

const respondOk = { handle: async () => ({ status: 200, headers: {}, body: '' }) };
const storage: WireService = {
  ...respondOk,
  signingName: 's3',
  addressed: ({ url }) => [url.slice(1)],
  accessDenied: { code: 'AccessDenied', status: 403 },
  errorResponse: ({ code, status }) => ({ status, headers: {}, body: code }),
};
const table: WireService = {
  ...respondOk,
  signingName: 'dynamodb',
  errorResponse: ({ code, status }) => ({ status, headers: {}, body: code }),
};

function statusOf(accessKeyId: string, userAgent: string, service = 's3', name = 'own'): Promise<number> {
  const endpoint = new AwsEndpoint([storage, table]);
  endpoint.protectFromDestinations({ arns: new Set(['own']), accessKeyId: 'ASIAFUNCTIONS' });
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request`;
  const headers = { authorization, 'user-agent': userAgent };
  return endpoint
    .handle({ method: 'PUT', url: `/${name}`, headers, body: new Uint8Array() })
    .then(({ status }) => status);
}

it("a function's requests with foreign credentials cannot use the template's resources", async () => {
  expect(await statusOf('ASIAFUNCTIONS', LAMBDA)).toBe(200);
  expect(await statusOf('AKIAOFSOMEBODY', LAMBDA)).toBe(403);
  expect(await statusOf('ASIAFUNCTIONS0', LAMBDA)).toBe(403);
});

it("a function's requests with foreign credentials can use other resources, if the service tells which one a request addresses", async () => {
  expect(await statusOf('AKIAOFSOMEBODY', LAMBDA, 's3', 'made-by-hand')).toBe(200);
  expect(await statusOf('AKIAOFSOMEBODY', LAMBDA, 'dynamodb', 'made-by-hand')).toBe(400);
});

it('tools on this machine may use any credentials', async () => {
  expect(await statusOf('any', TOOL)).toBe(200);
  expect(await statusOf('any', TOOL, 'dynamodb')).toBe(200);
});
