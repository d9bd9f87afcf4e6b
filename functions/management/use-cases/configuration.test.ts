import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { newId } from '../../../core/ids.ts';
import { ApiUnderTest, INGEST_URL } from '../testing/api.fixture.ts';
import { ROOT_KEY } from '../testing/gateway.fixture.ts';

const url = 'https://example.com/hook';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const newSource = (name = 'github', organization = 'default') =>
  api.ok('POST', '/v1/sources', { body: { name }, organization });
const newDestination = (organization = 'default') =>
  api.ok('POST', '/v1/destinations', { body: { url }, organization });
const connect = (source: { id: string }, destination: { id: string }) =>
  api.ok('POST', '/v1/connections', { body: { source_id: source.id, destination_id: destination.id } });

/** Ids sort by the millisecond in which they were created. Within one millisecond their order is random, but it does not change. */
const newestFirst = (...resources: { id: string }[]) =>
  resources
    .map(({ id }) => id)
    .sort()
    .reverse();

describe('authentication', () => {
  it('the root key is accepted in either header, in any case', async () => {
    for (const headers of [
      { Authorization: `Bearer ${ROOT_KEY}` },
      { authorization: `bearer ${ROOT_KEY}` },
      { 'X-API-Key': ROOT_KEY },
      { 'x-api-key': ROOT_KEY },
    ]) {
      await api.ok('GET', '/v1/sources', { headers });
    }
  });

  it('a request acts for the organization named in the header by id or name, or else for default', async () => {
    const team = await api.ok('POST', '/v1/organizations', { body: { name: 'team-red' } });
    const source = await newSource('of team red', 'team-red');
    await api.ok('GET', `/v1/sources/${source.id}`, { organization: team.id });
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/sources/${source.id}`);
    await api.ok('GET', '/v1/sources', { organization: defaultOrganization.id });
  });

  it.each(['', ' '])('an organization header of %j is rejected as empty', async (organization) => {
    const path = 'X-Hawser-Organization';
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/sources', { organization });
    expect(details).toEqual([{ path, problem: 'is empty; give an id or a name, or leave it out' }]);
  });

  it('an organization header sent twice is rejected, even with the same value', async () => {
    const headers = { Authorization: `Bearer ${ROOT_KEY}`, 'X-Hawser-Organization': ['default', 'default'] };
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/sources', { headers });
    expect(details).toEqual([{ path: 'X-Hawser-Organization', problem: 'must be given once' }]);
  });
});

describe('a path that the API does not have', () => {
  it.each([
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v1/sources/a/b/c',
    '/v2/sources',
    '/v1/__proto__',
    '/v1/%00',
    '/v1/sources//destinations',
  ])('%s answers 404', async (path) => {
    await api.refused(404, 'ROUTE_NOT_FOUND', 'GET', path);
  });
});

describe('organizations', () => {
  it('organization names are unique', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-unique' } });
    await api.refused(409, 'CONFLICT', 'POST', '/v1/organizations', { body: { name: 'team-unique' } });
    await api.refused(409, 'CONFLICT', 'POST', '/v1/organizations', { body: { name: 'default' } });
  });

  it('concurrent requests create only one organization of a name', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.call('POST', '/v1/organizations', { body: { name: 'team-raced' } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('organizations are listed page by page, the default one last', async () => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor ? { limit: '1', cursor } : { limit: '1' };
      const page = await api.ok('GET', '/v1/organizations', { query });
      names.push(...page.organizations.map((organization: { name: string }) => organization.name));
      cursor = page.cursor;
      expect(page.has_more).toBe(cursor !== null);
    } while (cursor);
    expect(names).toHaveLength(new Set(names).size);
    expect(names).toContain('team-unique');
    expect(names.at(-1)).toBe('default');
  });
});

describe('sources', () => {
  it('a source has an ingest URL', async () => {
    const source = await newSource();
    expect(source).toMatchObject({ name: 'github', description: null, ingest_url: `${INGEST_URL}/in/${source.id}` });
    expect(await api.ok('GET', `/v1/sources/${source.id}`)).toEqual(source);
  });

  it('a source is changed field by field', async () => {
    const source = await newSource();
    const described = await api.ok('PATCH', `/v1/sources/${source.id}`, { body: { description: 'pushes' } });
    expect(described).toMatchObject({ name: 'github', description: 'pushes', created_at: source.created_at });
    const renamed = await api.ok('PATCH', `/v1/sources/${source.id}`, { body: { name: 'gitlab' } });
    expect(renamed).toMatchObject({ name: 'gitlab', description: 'pushes' });
    expect(await api.ok('GET', `/v1/sources/${source.id}`)).toEqual(renamed);
  });

  it('a source stores the response for its senders', async () => {
    const given = { status_code: 202, content_type: 'text/xml', body: '<Response/>' };
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'twilio', response: given } });
    expect(source.response).toEqual(given);
    const path = `/v1/sources/${source.id}`;
    const changed = await api.ok('PATCH', path, { body: { response: { body: 'ok' } } });
    expect(changed.response).toEqual({ status_code: 200, content_type: 'text/plain', body: 'ok' });
    expect((await api.ok('PATCH', path, { body: { name: 'renamed' } })).response).toEqual(changed.response);
    expect((await api.ok('PATCH', path, { body: { response: null } })).response).toBeNull();
  });

  it.each([
    ['a status that is no 2xx', { status_code: 302 }, 'response.status_code'],
    ['a page of this origin', { content_type: 'text/html', body: '<script>' }, 'response.content_type'],
    ['a body where there can be none', { status_code: 204, body: 'ok' }, 'response.body'],
    ['a body without end', { body: 'x'.repeat(2_049) }, 'response.body'],
    ['half a surrogate pair', { body: '\ud800' }, 'response.body'],
    ['headers', { headers: {} }, 'response.headers'],
  ])('a response to senders with %s is rejected', async (_, response, path) => {
    const options = { body: { name: 'github', response } };
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/sources', options);
    expect(details[0].path).toBe(path);
  });

  it('a deleted source is gone together with its connections', async () => {
    const [source, destination] = [await newSource(), await newDestination()];
    const connection = await connect(source, destination);
    expect(await api.ok('DELETE', `/v1/sources/${source.id}`)).toEqual({ success: true });
    const path = `/v1/sources/${source.id}`;
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', path);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'PATCH', path, { body: { name: 'again' } });
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', path);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `${path}/destinations`, { body: { url } });
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/connections/${connection.id}`);
    const { connections } = await api.ok('GET', '/v1/connections', { query: { destination_id: destination.id } });
    expect(connections).toEqual([]);
    expect(JSON.stringify(await api.ok('GET', '/v1/sources', { query: { limit: '100' } }))).not.toContain(source.id);
  });
});

describe('destinations', () => {
  it('the secret of a destination is shown in the response that creates it, and never again', async () => {
    const created = await newDestination();
    expect(created.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const read = await api.ok('GET', `/v1/destinations/${created.id}`);
    expect(read).toEqual({ ...created, waiting: null, secret: `••••${created.secret.slice(-4)}` });
    const changed = await api.ok('PATCH', `/v1/destinations/${created.id}`, { body: { name: 'Backend' } });
    expect(JSON.stringify(changed)).not.toContain(created.secret);
  });

  it('the response shows the defaults of a destination', async () => {
    expect(await newDestination()).toMatchObject({
      name: 'example.com',
      slug: 'example-com',
      description: null,
      type: 'http',
      url,
      method: null,
      headers: {},
      signing: { scheme: 'standard' },
      enabled: true,
      archived_at: null,
      timeout_seconds: 10,
      retry_max_attempts: 5,
      retry_backoff_type: 'exponential',
      retry_intervals: [30, 300, 1800, 7200, 86_400],
    });
  });

  it('retry intervals may be a list, a name, or the parts to build a list from, and are shown as a list', async () => {
    const growth = { initial_delay_ms: 1_000, max_delay_ms: 300_000, multiplier: 5 };
    const created = await api.ok('POST', '/v1/destinations', { body: { url, retry_intervals: growth } });
    expect(created.retry_intervals).toEqual([1, 5, 25, 125, 300]);
    const path = `/v1/destinations/${created.id}`;
    const changed = await api.ok('PATCH', path, { body: { retry_intervals: 'fast' } });
    expect(changed.retry_intervals).toEqual([5, 25, 120, 600]);
    for (const [retry_intervals, at] of [
      ['slow', 'retry_intervals'],
      [[30, 0], 'retry_intervals.1'],
      [{ ...growth, multiplier: 0 }, 'retry_intervals.multiplier'],
      [{ ...growth, initial_delay_ms: 2_000, max_delay_ms: 1_000 }, 'retry_intervals.max_delay_ms'],
      [{ ...growth, jitter: 1 }, 'retry_intervals.jitter'],
    ] as const) {
      const { details } = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path, { body: { retry_intervals } });
      expect(details.map(({ path }: { path: string }) => path)).toEqual([at]);
    }
  });

  it('a destination says which failures are retried', async () => {
    const retry_on = ['408', '429', '5xx', 'error'];
    const created = await api.ok('POST', '/v1/destinations', { body: { url, retry_on } });
    expect(created.retry_on).toEqual(retry_on);
    const path = `/v1/destinations/${created.id}`;
    expect((await api.ok('PATCH', path, { body: { name: 'renamed' } })).retry_on).toEqual(retry_on);
    expect((await api.ok('PATCH', path, { body: { retry_on: null } })).retry_on).toBeNull();
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path, {
      body: { retry_on: ['5xx', 'all'] },
    });
    expect(details).toEqual([{ path: 'retry_on.1', problem: expect.stringContaining('429') }]);
    const rare = ['101', '1xx', '3xx'];
    expect((await api.ok('PATCH', path, { body: { retry_on: rare } })).retry_on).toEqual(rare);
    for (const rule of ['2xx', '200', '299']) {
      const refused = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path, { body: { retry_on: ['3xx', rule] } });
      expect(refused.details).toEqual([
        { path: 'retry_on.1', problem: 'is not a failure status: every 2xx counts as success' },
      ]);
    }
  });

  it('a destination keeps the settings that it was given', async () => {
    const fields = {
      name: 'Backend API',
      slug: 'backend',
      description: 'the shop',
      type: 'http',
      url,
      method: 'PUT',
      signing: { scheme: 'none' },
      timeout_seconds: 60,
      retry_max_attempts: 2,
      retry_backoff_type: 'linear',
      retry_intervals: [1, 2],
    };
    const created = await api.ok('POST', '/v1/destinations', { body: fields });
    expect(created).toMatchObject(fields);
    expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject(fields);
  });

  it('header values that may be credentials are masked and stored only encrypted', async () => {
    const headers = { Authorization: 'Bearer very-secret-token-1234', 'X-Environment': 'production' };
    const created = await api.ok('POST', '/v1/destinations', {
      body: { url, headers, secret: 'my own signing secret' },
    });
    expect(created.headers).toEqual({ Authorization: '••••1234', 'X-Environment': 'production' });
    expect(created.secret).toBe('my own signing secret');
    const stored = api.storedText();
    expect(stored).toContain(created.id);
    for (const secret of ['very-secret-token', 'my own signing', 'whsec_']) expect(stored).not.toContain(secret);
  });

  it('a change of headers keeps the secret, and a change of the secret keeps the headers', async () => {
    const created = await api.ok('POST', '/v1/destinations', { body: { url, headers: { 'X-A': '1' } } });
    const path = `/v1/destinations/${created.id}`;
    await api.ok('PATCH', path, { body: { headers: { 'X-B': '2' } } });
    expect(await api.credentialsOf(created.id)).toEqual({ secret: created.secret, headers: { 'X-B': '2' } });
    await api.ok('PATCH', path, { body: { secret: 'another secret' } });
    expect(await api.credentialsOf(created.id)).toEqual({ secret: 'another secret', headers: { 'X-B': '2' } });
    await api.ok('PATCH', path, { body: { secret: 'a third secret', headers: {} } });
    expect(await api.credentialsOf(created.id)).toEqual({ secret: 'a third secret', headers: {} });
  });

  it('a destination of another organization cannot be changed, whatever the fields', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-other' } });
    const created = await newDestination();
    for (const body of [{ name: 'mine' }, { secret: 'mine mine mine' }, { headers: { 'X-A': '1' } }]) {
      const options = { body, organization: 'team-other' };
      await api.refused(404, 'RESOURCE_NOT_FOUND', 'PATCH', `/v1/destinations/${created.id}`, options);
    }
    expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject({ name: 'example.com' });
  });

  it.each([
    ['no URL', 'hello'],
    ['unencrypted', 'http://example.com/'],
    ['private', 'https://10.0.0.1/hook'],
    ['the metadata service', 'https://169.254.169.254/latest/meta-data'],
    ['loopback', 'https://127.0.0.1/'],
    ['with a password', 'https://a:b@example.com/'],
    ['with a fragment', 'https://example.com/hook#part'],
    ['of a host that DNS can not have', 'https://a..b/'],
  ])('a forbidden URL is rejected: %s', async (_, bad) => {
    const before = api.storedText();
    const answer = await api.refused(400, 'INVALID_URL', 'POST', '/v1/destinations', { body: { url: bad } });
    expect(answer.details).toEqual([{ path: 'url', problem: expect.any(String) }]);
    const source = await newSource();
    await api.refused(400, 'INVALID_URL', 'POST', `/v1/sources/${source.id}/destinations`, { body: { url: bad } });
    expect(api.storedText().match(/dst_/g)).toEqual(before.match(/dst_/g));
    const destination = await newDestination();
    await api.refused(400, 'INVALID_URL', 'PATCH', `/v1/destinations/${destination.id}`, { body: { url: bad } });
    expect((await api.ok('GET', `/v1/destinations/${destination.id}`)).url).toBe(url);
  });

  it('a destination is created together with its connection, or not at all', async () => {
    const source = await newSource();
    const path = `/v1/sources/${source.id}/destinations`;
    const created = await api.ok('POST', path, { body: { url } });
    expect(created.secret).toMatch(/^whsec_/);
    expect(await api.ok('GET', `/v1/connections/${created.connection_id}`)).toMatchObject({
      source_id: source.id,
      destination_id: created.id,
    });
    const second = await api.ok('POST', path, { body: { url, name: 'second' } });
    const listed = await api.ok('GET', path);
    const byConnection = [created, second].sort((a, b) => (a.connection_id < b.connection_id ? 1 : -1));
    expect(listed.destinations).toEqual(
      byConnection.map((one) => ({ ...one, secret: expect.stringMatching(/^••••/) })),
    );
    const before = api.storedText();
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/sources/${newId('src')}/destinations`, { body: { url } });
    expect(api.storedText()).toBe(before);
  });

  it('a deleted destination is gone together with its connections and its secret', async () => {
    const destination = await newDestination();
    const sources = [await newSource(), await newSource(), await newSource()];
    const connections = await Promise.all(sources.map((source) => connect(source, destination)));
    await api.ok('DELETE', `/v1/destinations/${destination.id}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/destinations/${destination.id}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', `/v1/destinations/${destination.id}`);
    const [source] = sources;
    const body = { source_id: source?.id, destination_id: destination.id };
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', '/v1/connections', { body });
    for (const { id } of connections) await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/connections/${id}`);
    expect((await api.ok('GET', `/v1/sources/${source?.id}/destinations`)).destinations).toEqual([]);
    const row = await api.row(destination.id, 'destination');
    expect(row).toMatchObject({ deleted_at: expect.any(String), expires_at: expect.any(Number) });
    expect(row).not.toHaveProperty('sealed_credentials');
  });
});

describe('connections', () => {
  it('a source and a destination have at most one connection', async () => {
    const [source, destination] = [await newSource(), await newDestination()];
    const connection = await connect(source, destination);
    const body = { source_id: source.id, destination_id: destination.id };
    const answer = await api.refused(409, 'CONFLICT', 'POST', '/v1/connections', { body });
    expect(answer.message).toContain(connection.id);
    await api.ok('DELETE', `/v1/connections/${connection.id}`);
    expect((await connect(source, destination)).id).not.toBe(connection.id);
  });

  it('the name and description of a connection can change, its ends cannot', async () => {
    const [source, destination] = [await newSource(), await newDestination()];
    const body = { source_id: source.id, destination_id: destination.id, name: 'Pushes', description: 'of main' };
    const created = await api.ok('POST', '/v1/connections', { body });
    expect(created).toMatchObject(body);
    const path = `/v1/connections/${created.id}`;
    const renamed = await api.ok('PATCH', path, { body: { name: null } });
    expect(renamed).toEqual({ ...created, name: null, updated_at: renamed.updated_at });
    expect(await api.ok('GET', path)).toEqual(renamed);
    await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path, { body: { destination_id: destination.id } });
    await api.ok('DELETE', path);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'PATCH', path, { body: { name: 'gone' } });
  });

  it('both ends of a connection must exist in the same organization', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-ends' } });
    const [source, destination] = [await newSource(), await newDestination()];
    const [theirSource, theirs] = [await newSource('theirs', 'team-ends'), await newDestination('team-ends')];
    for (const [source_id, destination_id, missing] of [
      [newId('src'), destination.id, 'Source'],
      [source.id, newId('dst'), 'Destination'],
      [theirSource.id, destination.id, 'Source'],
      [source.id, theirs.id, 'Destination'],
    ]) {
      const body = { source_id, destination_id };
      const answer = await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', '/v1/connections', { body });
      expect(answer.message).toMatch(missing);
    }
  });

  it('connections are listed by source and by destination', async () => {
    const [one, other] = [await newSource(), await newSource()];
    const [here, there] = [await newDestination(), await newDestination()];
    const a = await connect(one, here);
    const b = await connect(one, there);
    const c = await connect(other, here);
    const ids = async (query: Record<string, string>) =>
      (await api.ok('GET', '/v1/connections', { query })).connections.map(({ id }: { id: string }) => id);
    expect(await ids({ source_id: one.id })).toEqual(newestFirst(a, b));
    expect(await ids({ destination_id: here.id })).toEqual(newestFirst(a, c));
    expect(await ids({ limit: '3' })).toEqual(newestFirst(a, b, c));
    expect(await ids({ source_id: newId('src') })).toEqual([]);
    const both = { source_id: one.id, destination_id: here.id };
    await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/connections', { query: both });
  });

  it('deleting a deleted connection answers 404', async () => {
    const connection = await connect(await newSource(), await newDestination());
    await api.ok('DELETE', `/v1/connections/${connection.id}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', `/v1/connections/${connection.id}`);
  });

  it('a connection made while one of its ends is deleted never outlives it', async () => {
    for (const end of ['sources', 'destinations'] as const) {
      const [source, destination] = [await newSource(), await newDestination()];
      const others = await Promise.all(
        Array.from({ length: 4 }, () => (end === 'sources' ? newDestination() : newSource())),
      );
      const gone = end === 'sources' ? source : destination;
      const [deletion] = await Promise.all([
        api.call('DELETE', `/v1/${end}/${gone.id}`),
        ...others.map((other) => {
          const ends = end === 'sources' ? [gone, other] : [other, gone];
          return api.call('POST', '/v1/connections', { body: { source_id: ends[0].id, destination_id: ends[1].id } });
        }),
      ]);
      expect(deletion?.status).toBe(200);
      const query = { [end === 'sources' ? 'source_id' : 'destination_id']: gone.id };
      expect((await api.ok('GET', '/v1/connections', { query })).connections).toEqual([]);
    }
  });

  it('more connections than fit into one transaction are deleted', async () => {
    const [source, destination] = [await newSource(), await newDestination()];
    // With three writes each, 33 connections fit beside the tombstone; with two, 49 do.
    for (let made = 0; made < 35; made++) {
      await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
    }
    for (let made = 0; made < 51; made++) await connect(await newSource(), destination);
    await api.ok('DELETE', `/v1/sources/${source.id}`);
    await api.ok('DELETE', `/v1/destinations/${destination.id}`);
    for (const query of [{ source_id: source.id }, { destination_id: destination.id }]) {
      expect((await api.ok('GET', '/v1/connections', { query })).connections).toEqual([]);
    }
  });
});

describe('lists', () => {
  const team = 'team-lists';
  const made: string[] = [];
  beforeAll(async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: team } });
    for (let index = 0; index < 7; index++) made.push((await newSource(`source ${index}`, team)).id);
    made.sort().reverse();
  });
  const page = (query: Record<string, string>, organization = team) =>
    api.ok('GET', '/v1/sources', { query, organization });
  const idsOf = (answer: { sources: { id: string }[] }) => answer.sources.map(({ id }) => id);

  it('lists go newest first, page by page, and say when there is more', async () => {
    const first = await page({ limit: '3' });
    const second = await page({ limit: '3', cursor: first.cursor });
    const third = await page({ limit: '3', cursor: second.cursor });
    expect([first, second, third].map((answer) => answer.has_more)).toEqual([true, true, false]);
    expect([first, second, third].flatMap(idsOf)).toEqual(made);
    expect(third.cursor).toBeNull();
    expect((await page({ limit: '7' })).has_more).toBe(false);
  });

  it('pages stay consistent while sources are added', async () => {
    const first = await page({ limit: '3' });
    const late = await newSource('late', team);
    expect(idsOf(await page({ limit: '3', cursor: first.cursor }))).toEqual(made.slice(3, 6));
    await api.ok('DELETE', `/v1/sources/${late.id}`, { organization: team });
  });

  it('a page has 20 items by default and at most 100', async () => {
    await page({ limit: '100' });
    for (const limit of ['0', '101', '-1', '1.5', 'many', '', '1e1', ' 5']) {
      const answer = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/sources', { query: { limit } });
      expect(answer.details[0].path).toBe('limit');
    }
  });

  it('a cursor that is damaged, invented, or of another list, organization or filter is rejected', async () => {
    const { cursor } = await page({ limit: '3' });
    const refused = (path: string, query: Record<string, string>, organization = team) =>
      api.refused(400, 'VALIDATION_FAILED', 'GET', path, { query, organization });
    // One cursor in 64 has an A there anyway.
    const other = (character: string | undefined) => (character === 'A' ? 'B' : 'A');
    for (const bad of [
      `${cursor.slice(0, -2)}${other(cursor.at(-2))}A`,
      `${other(cursor[0])}${cursor.slice(1)}`,
      cursor.slice(0, 10),
      'x',
      '%',
      Buffer.from('{"pk":"src_1"}').toString('base64url'),
    ]) {
      const answer = await refused('/v1/sources', { cursor: bad });
      expect(answer.details[0].path).toBe('cursor');
    }
    await refused('/v1/sources', { cursor }, 'default');
    await refused('/v1/destinations', { cursor });
    await refused('/v1/connections', { cursor, source_id: made[0] ?? '' });
  });

  it('lists never show anything of another organization', async () => {
    const theirs = idsOf(await page({ limit: '100' }, 'default'));
    expect(theirs.filter((id) => made.includes(id))).toEqual([]);
    expect(idsOf(await page({ limit: '100' }))).toEqual(made);
  });
});

describe('a resource of another organization', () => {
  it('a resource of another organization looks exactly like one that does not exist', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-blind' } });
    const source = await newSource();
    const destination = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
    const cases: [method: string, path: string, id: string, unknown: string, body?: object][] = [
      ['GET', '/v1/sources/{id}', source.id, newId('src')],
      ['PATCH', '/v1/sources/{id}', source.id, newId('src'), { name: 'x' }],
      ['DELETE', '/v1/sources/{id}', source.id, newId('src')],
      ['GET', '/v1/sources/{id}/destinations', source.id, newId('src')],
      ['POST', '/v1/sources/{id}/destinations', source.id, newId('src'), { url }],
      ['GET', '/v1/destinations/{id}', destination.id, newId('dst')],
      ['PATCH', '/v1/destinations/{id}', destination.id, newId('dst'), { name: 'x' }],
      ['PATCH', '/v1/destinations/{id}', destination.id, newId('dst'), { secret: 'another secret' }],
      ['DELETE', '/v1/destinations/{id}', destination.id, newId('dst')],
      ['GET', '/v1/connections/{id}', destination.connection_id, newId('con')],
      ['DELETE', '/v1/connections/{id}', destination.connection_id, newId('con')],
    ];
    const before = api.storedText();
    for (const [method, path, id, unknown, body] of cases) {
      const ask = async (asked: string) => {
        const options = { organization: 'team-blind', ...(body && { body }) };
        const answer = await api.refused(404, 'RESOURCE_NOT_FOUND', method, path.replace('{id}', asked), options);
        return JSON.stringify({ ...answer, request_id: '' }).replaceAll(asked, 'ID');
      };
      expect(await ask(id)).toBe(await ask(unknown));
    }
    expect(api.storedText()).toBe(before);
  });
});
