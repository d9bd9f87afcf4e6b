import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import type { ApiResponse } from '../testing/gateway.fixture.ts';
import { bodyFor, idPrefixOf, named, pathWith } from '../testing/routes.fixture.ts';
import { type Route, readsBody } from './route.ts';
import { routes } from './routes.ts';

const withId = named(routes.filter(({ path }) => path.includes('{')));
const reading = named(routes.filter(({ method }) => method === 'GET'));
const withBody = named(routes.filter(({ body }) => body !== undefined));
const withoutBody = named(routes.filter((route) => route.body === undefined && readsBody(route)));
const readingBody = [...withBody, ...withoutBody];

describe('every route', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
  });
  afterAll(() => api.close());

  const refused = (
    route: Route,
    status: number,
    code: string,
    options: Parameters<ApiUnderTest['call']>[2],
    id?: string,
  ): Promise<ApiResponse['body']> =>
    api.refused(status, code, route.method, id === undefined ? pathWith(route) : pathWith(route, id), options);

  it.each(named(routes))('%s rejects unknown and repeated query parameters', async (_, route) => {
    const body = bodyFor(route);
    const unknown = await refused(route, 400, 'VALIDATION_FAILED', { ...body, query: { colour: 'red' } });
    expect(unknown.details).toEqual([{ path: 'colour', problem: 'is not a known query parameter' }]);
    await refused(route, 400, 'VALIDATION_FAILED', { ...body, query: JSON.parse('{"__proto__":"red"}') });
    await refused(route, 400, 'VALIDATION_FAILED', { ...body, query: { limit: ['1', '2'] } });
  });

  it.each(withId)('%s accepts only ids of its own kind', async (_, route) => {
    const other = idPrefixOf(route) === 'con' ? 'evt' : 'con';
    for (const id of [newId(other), `${idPrefixOf(route)}_123`, newId(idPrefixOf(route)).toUpperCase(), '%', '1']) {
      const answer = await refused(route, 400, 'VALIDATION_FAILED', bodyFor(route), id);
      expect(answer.message).toContain(`${idPrefixOf(route)}_`);
    }
  });

  it.each(withId)('%s answers 404 for an id that was never issued', async (_, route) => {
    const answer = await refused(route, 404, 'RESOURCE_NOT_FOUND', bodyFor(route));
    expect(answer.error).toBe('Not Found');
  });

  it.each(readingBody)('%s rejects a body that is not a JSON object', async (_, route) => {
    for (const body of ['{', '[]', '"text"', 'null', '5', '{"name":}', new Uint8Array([0x7b, 0xff, 0x7d])]) {
      await refused(route, 400, 'INVALID_JSON', { body });
    }
  });

  it.each(readingBody)('%s rejects unknown fields by name', async (_, route) => {
    const body = { ...bodyFor(route).body, colour: 'red', archived_at: null };
    const answer = await refused(route, 400, 'VALIDATION_FAILED', { body });
    expect(answer.details).toEqual([
      { path: 'colour', problem: 'is not a known field' },
      { path: 'archived_at', problem: 'is not a known field' },
    ]);
  });

  it.each(withoutBody)('%s, which takes no fields, accepts no body or an empty object', async (_, route) => {
    for (const body of [undefined, '', {}]) {
      const answer = await api.call(route.method, pathWith(route), { ...(body !== undefined && { body }) });
      // The request got as far as looking up its id.
      expect(answer).toMatchObject({ status: 404, body: { code: 'RESOURCE_NOT_FOUND' } });
    }
  });

  it.each(withBody)('%s rejects an empty body and values of the wrong type', async (_, route) => {
    const mayBeEmpty = route.body?.safeParse({}).success;
    if (!mayBeEmpty) await refused(route, 400, 'VALIDATION_FAILED', {});
    const [field = ''] = Object.keys(bodyFor(route).body ?? {});
    const answer = await refused(route, 400, 'VALIDATION_FAILED', { body: { [field]: { nested: true } } });
    // If the field is an object, the path leads to the invalid part.
    expect(answer.details[0].path.split('.')[0]).toBe(field);
  });

  it.each(withBody)('%s names each missing field as required', async (_, route) => {
    const whole = bodyFor(route).body ?? {};
    for (const field of Object.keys(whole)) {
      const { [field]: _left, ...body } = { ...whole } as Record<string, unknown>;
      const parsed = route.body?.safeParse(body);
      if (!parsed?.error?.issues.some(({ path }) => path.length === 1 && path[0] === field)) continue;
      const { details } = await refused(route, 400, 'VALIDATION_FAILED', { body });
      // If one of two fields must be given, neither is required by itself.
      expect(details).toContainEqual({
        path: field,
        problem: expect.stringMatching(/^is required/),
      });
    }
  });

  it.each(readingBody)('%s rejects a body of more than 256 KB', async (_, route) => {
    const answer = await refused(route, 413, 'PAYLOAD_TOO_LARGE', { body: ' '.repeat(256 * 1024 + 1) });
    expect(answer.message).toBe('The body is over the limit of 262,144 bytes');
  });

  it.each(named(routes))('%s answers 405 with the allowed methods for any other method', async (_, route) => {
    const answer = await api.call('PUT', pathWith(route));
    expect(answer).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
    const methods = String(answer.headers.allow).split(', ');
    expect(methods).toContain(route.method);
    expect(methods.includes('HEAD')).toBe(methods.includes('GET'));
  });

  // API Gateway drops the body: local/gateway/gateway.test.ts.
  it.each(reading)('%s answers HEAD as it answers GET', async (_, route) => {
    const path = pathWith(route);
    for (const options of [{}, { headers: {} }, { query: { colour: 'red' } }, { cookie: await api.login() }]) {
      const [get, head] = [await api.call('GET', path, options), await api.call('HEAD', path, options)];
      expect(outlineOf(head)).toEqual(outlineOf(get));
    }
  });
});

/** The parts of a response that do not differ from request to request. */
function outlineOf({ status, headers, body }: ApiResponse): unknown {
  return { status, headers, body: typeof body === 'string' ? body : [Object.keys(body), body.code, body.message] };
}
