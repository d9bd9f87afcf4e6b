import { expect, it, vi } from 'vitest';
import { AwsEndpoint } from './endpoint.ts';

it('survives an answer that HTTP cannot carry', async () => {
  const headers: Record<string, string>[] = [{ 'x-amz-meta-name': 'two\nlines' }, {}];
  const endpoint = new AwsEndpoint([
    {
      signingName: 's3',
      handle: async () => ({ status: 200, headers: headers.shift() ?? {}, body: 'fine' }),
      errorResponse: () => ({ status: 500, headers: {}, body: '' }),
    },
  ]);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const server = await endpoint.listen(0);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request';
  await expect(fetch(url, { headers: { authorization } })).rejects.toThrow();
  expect(String(told.mock.calls[0]?.[0])).toContain('could not be sent');
  told.mockRestore();
  expect(await (await fetch(url, { headers: { authorization } })).text()).toBe('fine');
  server.close();
  server.closeAllConnections();
});
