import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logger } from '../../shared/logger.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { callHandler, ROOT_KEY } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';

describe('the management handler', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
  });
  afterAll(() => api.close());

  it('an internal error is answered with 500 and its request id in the log, and nothing else', async () => {
    const logged = vi.spyOn(logger, 'error').mockImplementation(() => {});
    const handler = handlerWith({
      now: () => {
        throw new Error('the inner workings');
      },
    });
    const answer = await callHandler(handler, 'GET', '/v1/sources');
    expect(answer).toMatchObject({ status: 500, body: { error: 'Internal Server Error', code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(answer)).not.toMatch(/inner workings|\.ts/);
    const [message, fields] = logged.mock.calls[0] ?? [];
    expect(message).toBe('a request of the management API failed');
    expect(fields).toMatchObject({ requestId: answer.body.request_id, path: '/v1/sources' });
    expect(JSON.stringify(fields)).not.toContain(ROOT_KEY);
    logged.mockRestore();
  });

  it('loopback destinations over http are accepted on one machine, other private ones never', async () => {
    const handler = handlerWith({ network: 'loopback' });
    const create = (url: string) => callHandler(handler, 'POST', '/v1/destinations', { body: { url } });
    expect(await create('http://127.0.0.1:9000/hook')).toMatchObject({ status: 201, body: { name: '127.0.0.1:9000' } });
    expect(await create('http://localhost:9000/hook')).toMatchObject({ status: 201 });
    expect(await create('http://10.0.0.1/hook')).toMatchObject({ status: 400, body: { code: 'INVALID_URL' } });
  });

  it('responses must not be cached, because they contain secrets', async () => {
    expect((await api.call('GET', '/v1/sources')).headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['/v1/sources/src_01a201474e377636aae23f36d2094ffe', 404],
    ['/v1/nothing', 404],
  ])('errors must not be cached, or others would get them as well: %s', async (path, status) => {
    expect(await api.call('GET', path)).toMatchObject({ status, headers: { 'cache-control': 'no-store' } });
  });
});
