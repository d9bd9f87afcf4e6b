import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { covers, type Scope, scopes } from '../../../core/access/api-key.ts';
import { newId } from '../../../core/ids.ts';
import { newSecretText } from '../../../core/secrets/secret-text.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type ApiResponse, type CallOptions, callHandler, cookieOf, ROOT_KEY } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';
import { bodyFor, type IdPrefix, idPrefixOf, named, nameOf, pathWith } from '../testing/routes.fixture.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

const HOUR_MS = 3_600_000;

/** Logging in takes its key from the body. What must hold for a key in a header must hold for that one. */
const isLogin = (route: Route) => nameOf(route) === 'POST /v1/session';
const everyRoute = named(routes.filter(({ key }) => key !== 'none'));
const behindKey = named(routes.filter(({ key }) => key === 'request'));
const changing = named(routes.filter((route) => !isLogin(route) && route.method !== 'GET'));
const withId = named(routes.filter(({ path }) => path.includes('{')));
const scoped = routes.flatMap((route) => {
  const { access } = route;
  return access === 'read' || access === 'public' ? [] : [{ name: nameOf(route), route, access }];
});
const withBody = named(routes.filter((route) => route.body !== undefined && !isLogin(route)));

/** A key as it is sent, and the cookie of a session that was opened with it. */
interface Proofs {
  readonly key: string;
  readonly cookie: string;
}

let api: ApiUnderTest;
/** Keys and sessions of the organization `default`, by scope. */
let ofScope: Record<Scope, Proofs>;
/** An admin of another organization. */
let stranger: Proofs;
let revoked: Proofs;
let expired: Proofs;
/** Cookies of sessions that have ended although their key is still valid. */
const endedCookies: string[] = [];
/** One resource of each kind, of `default`. */
let things: Record<IdPrefix, string>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  await api.ok('POST', '/v1/organizations', { body: { name: 'strangers' } });
  ofScope = { read: await proofs('read'), write: await proofs('write'), admin: await proofs('admin') };
  stranger = await proofs('admin', 'strangers');
  const { id, ...revokedProofs } = await proofs('admin');
  await api.ok('DELETE', `/v1/api-keys/${id}`);
  revoked = revokedProofs;
  expired = await proofsOfThePast(1 * HOUR_MS, { expires_at: new Date(Date.now() - 1_000).toISOString() });
  endedCookies.push((await proofsOfThePast(12 * HOUR_MS)).cookie, await api.login());
  await api.ok('DELETE', '/v1/session', { cookie: endedCookies.at(-1) ?? '' });
  things = await oneOfEach();
});
afterAll(() => api.close());

async function proofs(scope: Scope, organization = 'default'): Promise<Proofs & { id: string }> {
  const { id, key } = await api.newKey(scope, organization);
  return { id, key, cookie: await api.login(key) };
}

/** Created in the past, when they were still valid. */
async function proofsOfThePast(agoMs: number, fields: object = {}): Promise<Proofs> {
  const handler = handlerWith({ now: () => new Date(Date.now() - agoMs) });
  const body = { name: 'old', scope: 'admin', ...fields };
  const { key } = (await callHandler(handler, 'POST', '/v1/api-keys', { body })).body;
  const login = await callHandler(handler, 'POST', '/v1/session', { headers: {}, body: { api_key: key } });
  return { key, cookie: cookieOf(login.headers) };
}

async function oneOfEach(): Promise<Record<IdPrefix, string>> {
  const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
  const url = 'https://example.com/hook';
  const destination = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
  const ends = { source: source.id, destination: destination.id, connection: destination.connection_id };
  const history = new HistoryUnderTest(api.services);
  const event = await history.store(source.id, 'body');
  const delivery = await history.dead(ends, event);
  const { id: key } = await api.newKey('read');
  const { id: replay } = await api.ok('POST', '/v1/replays', { body: {} });
  return { key, rpl: replay, src: ends.source, dst: ends.destination, con: ends.connection, evt: event, dlv: delivery };
}

/** The error, without the parts that differ from request to request. */
async function refusal(
  route: Route,
  status: number,
  code: string,
  options: CallOptions,
  id?: string,
): Promise<ApiResponse['body']> {
  const path = id === undefined ? pathWith(route) : pathWith(route, id);
  const { request_id, ...rest } = await api.refused(status, code, route.method, path, {
    ...bodyFor(route),
    ...options,
  });
  return id === undefined ? rest : JSON.parse(JSON.stringify(rest).replaceAll(id, 'ID'));
}

/** Options with the key where the route expects it. */
function withKey(route: Route, text: string): CallOptions {
  return isLogin(route) ? { headers: {}, body: { api_key: text } } : { key: text };
}

/** Calls by key and, except for logging in, by cookie as well. */
function waysOf(route: Route, { key, cookie }: Proofs): CallOptions[] {
  return isLogin(route) ? [withKey(route, key)] : [withKey(route, key), { cookie }];
}

describe('every route', () => {
  it.each(behindKey)('%s needs a key or a session', async (_, route) => {
    await refusal(route, 401, 'UNAUTHORIZED', { headers: {} });
    const answer = await api.call(route.method, pathWith(route), { ...bodyFor(route), headers: {} });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it.each(everyRoute)('%s rejects any invalid key without saying why', async (_, route) => {
    const invalid = ['wrong', `${ROOT_KEY}x`, ROOT_KEY.slice(1), newSecretText('hwk'), revoked.key, expired.key];
    const ways = invalid.map((text) => withKey(route, text));
    if (!isLogin(route)) {
      const headers = { Authorization: `Basic ${ROOT_KEY}` };
      ways.push({ headers }, { headers: { Authorization: ROOT_KEY } }, { headers: { 'X-API-Key': '' } });
      ways.push({ headers: { 'X-API-Key': revoked.key } }, { headers: { 'X-API-Key': `hwk_${'é'.repeat(43)}` } });
    }
    for (const options of ways) {
      expect(await refusal(route, 401, 'UNAUTHORIZED', options)).toEqual({
        error: 'Unauthorized',
        message: 'The API key is not valid',
        code: 'UNAUTHORIZED',
      });
    }
  });

  it.each(behindKey)('%s rejects any invalid session without saying why', async (_, route) => {
    const unknown = [newSecretText('hws'), 'hws_', '', ROOT_KEY, ofScope.admin.key];
    const cookies = unknown.map((token) => `__Host-hawser_session=${token}`);
    for (const cookie of [...cookies, ...endedCookies, revoked.cookie, expired.cookie]) {
      expect(await refusal(route, 401, 'UNAUTHORIZED', { cookie })).toEqual({
        error: 'Unauthorized',
        message: 'The session is not valid; log in again',
        code: 'UNAUTHORIZED',
      });
    }
  });

  it.each(changing)('%s accepts a session only from a page of its own origin', async (_, route) => {
    const Cookie = ofScope.admin.cookie;
    const before = api.storedText();
    for (const headers of [{}, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example.com' }]) {
      await refusal(route, 403, 'FORBIDDEN', { headers: { Cookie, ...headers } });
    }
    expect(api.storedText()).toBe(before);
  });

  it.each(everyRoute)('%s answers 404 for an organization that does not exist', async (_, route) => {
    for (const organization of ['nobody', newId('org'), 'org_x', 'x'.repeat(3_000)]) {
      await refusal(route, 404, 'RESOURCE_NOT_FOUND', { ...withKey(route, ROOT_KEY), organization });
    }
  });

  it.each(everyRoute)('%s does not act in an organization other than the key’s', async (_, route) => {
    for (const way of waysOf(route, stranger)) {
      const ask = async (organization: string) =>
        JSON.stringify(await refusal(route, 404, 'RESOURCE_NOT_FOUND', { ...way, organization })).replaceAll(
          organization,
          'ORGANIZATION',
        );
      expect(await ask('default')).toBe(await ask('nobody'));
      expect(await ask('org_00000000000070008000000000000000')).toBe(await ask(newId('org')));
    }
  });

  it.each(withId)('%s treats ids of another organization like ids that do not exist', async (_, route) => {
    const before = api.storedText();
    for (const way of waysOf(route, stranger)) {
      const prefix = idPrefixOf(route);
      const theirs = await refusal(route, 404, 'RESOURCE_NOT_FOUND', way, things[prefix]);
      expect(theirs).toEqual(await refusal(route, 404, 'RESOURCE_NOT_FOUND', way, newId(prefix)));
    }
    expect(api.storedText()).toBe(before);
  });

  it.each(scoped)('$name requires its scope', async ({ route, access }) => {
    for (const scope of scopes) {
      for (const way of waysOf(route, ofScope[scope])) {
        if (access === 'root' || !covers(scope, access)) {
          const { message } = await refusal(route, 403, 'FORBIDDEN', way);
          expect(message).toMatch(/^(The key's scope is (read|write); this needs |Only the root key may do this$)/);
        } else {
          const { status } = await api.call(route.method, pathWith(route), { ...bodyFor(route), ...way });
          // Most of these paths name something that does not exist.
          expect([200, 201, 404]).toContain(status);
        }
      }
    }
  });

  it.each(withBody)('%s rejects a body that is not a JSON object, whoever sends it', async (_, route) => {
    const ways = route.access === 'root' ? [{ cookie: await api.login() }] : waysOf(route, ofScope.admin);
    for (const way of ways) await refusal(route, 400, 'INVALID_JSON', { ...way, body: '[]' });
  });

  it('routes that read require the scope read, routes that write require write, and routes for keys require admin', () => {
    for (const route of routes.filter(({ access }) => access !== 'public')) {
      const isRead = route.method === 'GET' || route.path === '/v1/session';
      const kind = route.path.split('/')[2];
      const needed = kind === 'organizations' ? 'root' : kind === 'api-keys' ? 'admin' : isRead ? 'read' : 'write';
      expect([nameOf(route), route.access]).toEqual([nameOf(route), needed]);
    }
  });
});
