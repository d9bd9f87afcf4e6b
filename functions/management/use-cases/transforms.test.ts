import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idSchema } from '../../../core/id-schema.ts';
import { newId } from '../../../core/ids.ts';
import { MAX_TRANSFORM_BYTES } from '../../../core/transform/stored-transform.ts';
import { Receiver } from '../../../test/support/receiver.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { variable } from '../../shared/environment.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { ConnectionStore } from '../../stores/config/connections.ts';
import { ApiUnderTest, PUBLIC_URL } from '../testing/api.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
  history = new HistoryUnderTest(api.services);
});
afterAll(() => api.close());

const transform = "function transform(event) {\n  return { body: 'größer: ' + event.json.n };\n}\n";
const url = 'https://example.com/hook';

/** A valid program of so many bytes. */
const programOf = (bytes: number) => transform.padEnd(bytes - (Buffer.byteLength(transform) - transform.length), ' ');

describe('the transform of a connection', () => {
  it('a transform is set, changed and removed, and shown as it was written', async () => {
    const [source, destination] = [
      await api.ok('POST', '/v1/sources', { body: { name: 'github' } }),
      await api.ok('POST', '/v1/destinations', { body: { url } }),
    ];
    const ends = { source_id: source.id, destination_id: destination.id };
    const created = await api.ok('POST', '/v1/connections', { body: { ...ends, transform } });
    expect(created.transform).toBe(transform);
    const path = `/v1/connections/${created.id}`;
    expect((await api.ok('GET', path)).transform).toBe(transform);
    expect((await api.ok('PATCH', path, { body: { name: 'Pushes' } })).transform).toBe(transform);
    const other = 'const transform = () => null;';
    expect((await api.ok('PATCH', path, { body: { transform: other } })).transform).toBe(other);
    for (const query of [{}, { source_id: source.id }, { destination_id: destination.id }]) {
      const { connections } = await api.ok('GET', '/v1/connections', { query });
      expect(connections[0]).toMatchObject({ name: 'Pushes', transform: other });
    }
    expect((await api.ok('PATCH', path, { body: { transform: null } })).transform).toBeNull();
    expect((await api.ok('GET', path)).transform).toBeNull();
  });

  it('a connection has no transform unless one is given', async () => {
    const { connection } = await history.connected(api);
    expect((await api.ok('GET', `/v1/connections/${connection}`)).transform).toBeNull();
  });

  it('a transform is stored deflated, in the row of the connection and in the one left after deletion', async () => {
    const { source, connection } = await history.connected(api);
    const long = programOf(MAX_TRANSFORM_BYTES);
    await api.ok('PATCH', `/v1/connections/${connection}`, { body: { transform: long } });
    const kept = (await api.row(source, connection))?.transform as Uint8Array;
    expect(kept.byteLength).toBeLessThan(1_000);
    await api.ok('DELETE', `/v1/connections/${connection}`);
    expect(await api.row(source, connection)).toBeUndefined();
    expect((await api.row(source, `former#${connection}`))?.transform).toEqual(kept);
  });

  it('reading all connections of a source, as fan-out does, does not inflate transforms', async () => {
    const { source, connection } = await history.connected(api);
    const documents = DynamoDBDocumentClient.from(api.services.clients.dynamodb);
    await documents.send(
      new UpdateCommand({
        TableName: resourceNames.config,
        Key: { pk: source, sk: connection },
        UpdateExpression: 'SET #transform = :damaged',
        ExpressionAttributeNames: { '#transform': 'transform' },
        ExpressionAttributeValues: { ':damaged': Buffer.from('not deflated') },
      }),
    );
    const connections = new ConnectionStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
    expect(await connections.ofSource(idSchema('src').parse(source))).toMatchObject([{ id: connection }]);
    await api.refused(500, 'INTERNAL_ERROR', 'GET', `/v1/connections/${connection}`);
  });

  it('a transform that cannot run is rejected with the problem and its line, and changes nothing', async () => {
    const { source, connection } = await history.connected(api);
    const before = api.storedText();
    const destination = { url };
    for (const [method, path, rest] of [
      ['PATCH', `/v1/connections/${connection}`, {}],
      ['POST', '/v1/connections', { source_id: newId('src'), destination_id: newId('dst') }],
      ['POST', `/v1/sources/${source}/destinations`, destination],
    ] as const) {
      const refusal = async (code: string) => {
        const body = { ...rest, transform: code };
        const { details } = await api.refused(400, 'VALIDATION_FAILED', method, path, { body });
        expect(details).toMatchObject([{ path: 'transform' }]);
        return details[0].problem;
      };
      expect(await refusal('function transform(event) {\n  return {;\n}')).toMatch(/^line 2: /);
      expect(await refusal('function transfrom() {}')).toContain('transform');
      expect(await refusal(programOf(MAX_TRANSFORM_BYTES + 1))).toBe('has 32,769 bytes; the limit is 32,768');
      expect(await refusal("function transform() { return '\ud800' }")).toBe('must be well-formed Unicode');
    }
    expect(api.storedText()).toBe(before);
  });
});

describe('a destination that is made with its connection', () => {
  it('a destination created with its connection takes the filter and the transform of the connection', async () => {
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
    const filter = { method: 'POST' };
    for (const destination of [
      { url },
      { template: 'slack', url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX' },
      { type: 'sqs', config: { queue_url: 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders' } },
    ]) {
      const auth = 'type' in destination && {
        auth: { type: 'aws_role', role_arn: 'arn:aws:iam::123456789012:role/hawser-a' },
      };
      const body = { ...destination, ...auth, filter, transform };
      const { connection_id, ...created } = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body });
      expect(created).not.toHaveProperty('filter');
      expect(await api.ok('GET', `/v1/connections/${connection_id}`)).toMatchObject({ filter, transform, name: null });
    }
    const filterOfNothing = { url, filter: { bdy: 1 } };
    const path = `/v1/sources/${source.id}/destinations`;
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', path, { body: filterOfNothing });
    expect(details).toMatchObject([{ path: 'filter.bdy' }]);
    await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/destinations', { body: { url, transform } });
  });
});

describe('a test of a transform', () => {
  const test = (body: object) => api.ok('POST', '/v1/transforms/test', { body });

  it('the test shows what would be sent for a given event', async () => {
    const code = `function transform(event, variables) {
      console.log('of', event.type, { n: event.json.n });
      console.warn(event.url);
      return {
        method: 'PUT',
        path: '/' + event.json.n,
        query: event.query,
        headers: { 'X-Event': event.headers['x-event'] },
        body: { severity: variables.severity, from: event.path },
      };
    }`;
    const event = {
      path: '/a',
      query: 'x=1',
      event_type: 'push',
      headers: { 'X-Event': ['a', 'b'] },
      body: '{"n":3}',
    };
    expect(await test({ transform: code, event, variables: { severity: 'error' } })).toEqual({
      outcome: 'transformed',
      request: {
        method: 'PUT',
        path: '/3',
        query: 'x=1',
        headers: { 'X-Event': 'a, b', 'Content-Type': 'application/json' },
        body: '{"severity":"error","from":"/a"}',
        body_encoding: 'utf8',
        body_bytes: 32,
      },
      error: null,
      logs: [
        { level: 'log', message: 'of push {"n":3}' },
        { level: 'warn', message: expect.stringMatching(new RegExp(`^${PUBLIC_URL}/events/evt_[0-9a-f]{32}$`)) },
      ],
    });
  });

  it('the test shows what would be sent for a stored event, with the event type of its source', async () => {
    const { id: source } = await api.ok('POST', '/v1/sources', {
      body: { name: 'github', verification: { type: 'github', secret: 'a secret of the sender' } },
    });
    const event_id = await history.store(source, '{"n":6}', [
      ['X-GitHub-Event', 'push'],
      ['Host', 'hooks.example.com'],
      ['X-A', '1'],
      ['X-A', '2'],
    ]);
    const code = 'function transform(event) { return { body: [event.id, event.type, event.url].join() }; }';
    expect(await test({ transform: code, event_id })).toMatchObject({
      outcome: 'transformed',
      request: {
        method: 'POST',
        path: '',
        query: '',
        headers: { 'X-GitHub-Event': 'push', 'X-A': ['1', '2'] },
        body: `${event_id},push,${PUBLIC_URL}/events/${event_id}`,
      },
    });
    const { request } = await test({ transform: 'function transform() { return {}; }', event_id });
    expect(request.headers).not.toHaveProperty('Host');
  });

  it('the test shows that an event would be dropped', async () => {
    const answer = await test({ transform: 'function transform() { return null; }', event: {} });
    expect(answer).toEqual({ outcome: 'dropped', request: null, error: null, logs: [] });
  });

  it.each([
    ['function transform(event) {\n  console.log(1);\n  return event.json.a.b;\n}', 3],
    ['function transform(event) {\n  return {;\n}', 2],
    ["function transform() {\n  return { path: '/../x' };\n}", null],
    ['const a = 1;', null],
  ])('the test shows why the transform fails, and on which line: %s', async (code, line) => {
    const { outcome, request, error } = await test({ transform: code, event: { body: '{}' } });
    expect({ outcome, request, line: error.line }).toEqual({ outcome: 'failed', request: null, line });
    expect(error.message).toEqual(expect.any(String));
  });

  it('the test shows the beginning of a long body, as text if it is text', async () => {
    const code = "function transform() { return { body: 'a' + 'ß'.repeat(100000) }; }";
    const { request } = await test({ transform: code, event: {} });
    expect(request).toMatchObject({ body_encoding: 'utf8', body_bytes: 200_001 });
    expect(request.body).toMatch(/^aß+$/);
    expect(Buffer.byteLength(request.body)).toBe(64 * 1024 - 1);
  });

  it('the test takes either a stored event or a given one', async () => {
    for (const subject of [{}, { event_id: newId('evt'), event: {} }]) {
      const body = { transform, ...subject };
      const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/transforms/test', { body });
      expect(details).toMatchObject([{ path: 'event_id' }]);
    }
    const body = { transform, event_id: newId('evt') };
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', '/v1/transforms/test', { body });
  });

  it('read keys may not test transforms, which reveal masked headers', async () => {
    const { key } = await api.newKey('read');
    const body = { transform, event: {} };
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/transforms/test', { key, body });
  });
});

describe('a test of a destination', () => {
  it('a test is sent in the form of the template', async () => {
    const receiver = await Receiver.start();
    try {
      const slack = 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
      const { id } = await api.ok('POST', '/v1/destinations', { body: { template: 'slack', url: slack } });
      await api.ok('PATCH', `/v1/destinations/${id}`, { body: { url: receiver.url } });
      const { succeeded } = await api.ok('POST', `/v1/destinations/${id}/test`, { body: { body: '{"a":1}' } });
      expect(succeeded).toBe(true);
      const { blocks } = JSON.parse(receiver.received[0]?.body.toString() ?? '');
      expect(blocks[1].text.text).toBe('```{"a":1}\n```');
      expect(receiver.received[0]?.headers['content-type']).toBe('application/json');
    } finally {
      await receiver.stop();
    }
  });
});
