import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceNames } from '../../../test/support/services.ts';
import type { ConfigTable } from '../../stores/config/config-table.ts';
import { DestinationStore } from '../../stores/config/destinations.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { callHandler } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';
import { WatchedTable } from '../testing/watched-table.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const create = (fields: object = {}) =>
  api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook', ...fields } });
const read = (id: string) => api.ok('GET', `/v1/destinations/${id}`);
const change = (id: string, body: object) => api.ok('PATCH', `/v1/destinations/${id}`, { body });

function changeThrough(table: ConfigTable, id: string, body: object) {
  return callHandler(handlerWith({ destinations: new DestinationStore(table) }), 'PATCH', `/v1/destinations/${id}`, {
    body,
  });
}

/** A change of the destination; another one is made between its read and its write. */
function overtaken(id: string, body: object, other: object) {
  return changeThrough(new WatchedTable(async (writes) => writes === 1 && change(id, other)), id, body);
}

const signing = { scheme: 'hmac', header: 'X-Sig' };
const auth = { type: 'api_key', in: 'header', name: 'X-Sig', value: '0123456789abcdef' };

describe('concurrent changes of a destination', () => {
  it.each([
    ['signing', { signing }, { auth }],
    ['auth', { auth }, { signing }],
    ['headers', { headers: { 'x-sig': 'mine' } }, { signing }],
    ['signing', { signing }, { headers: { 'x-sig': 'mine' } }],
  ])('a change of %s that clashes with the other is rejected: %j after %j', async (_, body, other) => {
    const { id } = await create();
    expect(await overtaken(id, body, other)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', details: [{ path: 'signing.header' }] },
    });
  });

  it('changes that do not clash are both kept', async () => {
    const { id } = await create();
    const bearer = { type: 'bearer', token: '3f7d0e5b9a1c4d2e' };
    expect(await overtaken(id, { headers: { 'X-Team': 'blue' } }, { auth: bearer, signing })).toMatchObject({
      status: 200,
      body: { headers: { 'X-Team': 'blue' }, auth: { type: 'bearer' }, signing },
    });
    expect(await api.credentialsOf(id)).toMatchObject({ headers: { 'X-Team': 'blue' }, auth: bearer });
  });

  it('changes of different fields of the circuit breaker are both kept', async () => {
    const { id } = await create();
    const [body, other] = [{ circuit_breaker: { cooldown_seconds: 30 } }, { circuit_breaker: { enabled: false } }];
    expect(await overtaken(id, body, other)).toMatchObject({
      status: 200,
      body: { circuit_breaker: { enabled: false, failure_threshold: 5, cooldown_seconds: 30 } },
    });
  });

  it('changes of the circuit breaker are both kept in a row from before it existed', async () => {
    const { id } = await create();
    await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(
      new UpdateCommand({
        TableName: resourceNames.config,
        Key: { pk: id, sk: 'destination' },
        UpdateExpression: 'REMOVE circuit_breaker',
      }),
    );
    const [body, other] = [{ circuit_breaker: { failure_threshold: 9 } }, { circuit_breaker: { enabled: false } }];
    expect(await overtaken(id, body, other)).toMatchObject({
      status: 200,
      body: { circuit_breaker: { enabled: false, failure_threshold: 9, cooldown_seconds: 60 } },
    });
  });

  it('a concurrent change of other settings causes no retry', async () => {
    const { id } = await create();
    const table = new WatchedTable(() => change(id, { name: 'renamed', timeout_seconds: 7 }));
    expect(await changeThrough(table, id, { signing })).toMatchObject({ status: 200, body: { name: 'renamed' } });
    expect(table).toMatchObject({ reads: 1, writes: 1 });
  });

  it('a change of a destination that is deleted meanwhile is answered 404', async () => {
    const { id } = await create();
    const table = new WatchedTable(() => api.ok('DELETE', `/v1/destinations/${id}`));
    expect(await changeThrough(table, id, { signing })).toMatchObject({
      status: 404,
      body: { code: 'RESOURCE_NOT_FOUND' },
    });
  });
});

it('many concurrent changes all succeed', async () => {
  const { id } = await create();
  const bodies = [
    { circuit_breaker: { enabled: false } },
    { circuit_breaker: { failure_threshold: 9 } },
    { circuit_breaker: { cooldown_seconds: 30 } },
    { headers: { 'X-Team': 'blue' } },
    { auth: { type: 'bearer', token: '3f7d0e5b9a1c4d2e' } },
  ];
  await Promise.all(bodies.map((body) => change(id, body)));
  expect(await read(id)).toMatchObject({
    circuit_breaker: { enabled: false, failure_threshold: 9, cooldown_seconds: 30 },
    headers: { 'X-Team': 'blue' },
    auth: { type: 'bearer' },
  });
});

it('a header stored in plain when fewer names counted as secret is shown masked', async () => {
  const headers = { 'X-Pwd': '0123456789abcdef', 'X-Api-Key': '9876543210fedcba', 'X-Team': 'blue' };
  const { id } = await create({ headers });
  await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(
    new UpdateCommand({
      TableName: resourceNames.config,
      Key: { pk: id, sk: 'destination' },
      UpdateExpression: 'SET shown_credentials.headers.#pwd = :shown',
      ExpressionAttributeNames: { '#pwd': 'X-Pwd' },
      ExpressionAttributeValues: { ':shown': headers['X-Pwd'] },
    }),
  );
  expect((await read(id)).headers).toEqual({ 'X-Pwd': '••••cdef', 'X-Api-Key': '••••dcba', 'X-Team': 'blue' });
});

it('a header may be named constructor, which the SDK would mistake for a class instance', async () => {
  const headers = { constructor: 'Set' };
  const created = await create({ headers });
  expect(created.headers).toEqual(headers);
  expect((await change(created.id, { headers: { ...headers, 'X-Team': 'blue' } })).headers).toMatchObject(headers);
  expect((await read(created.id)).headers).toEqual({ ...headers, 'X-Team': 'blue' });
  expect((await api.credentialsOf(created.id)).headers).toEqual({ ...headers, 'X-Team': 'blue' });
});

it('an entry of metadata may be named constructor', async () => {
  const metadata = { constructor: 'Set' };
  const auth = { type: 'aws_role', role_arn: 'arn:aws:iam::111122223333:role/hawser-orders' };
  const config = { bucket: 'orders', region: 'eu-west-1', metadata };
  const created = await api.ok('POST', '/v1/destinations', { body: { type: 's3', name: 'orders', config, auth } });
  expect((await read(created.id)).config.metadata).toEqual(metadata);
});

it('a change that is overtaken on every try gives up with a conflict', async () => {
  const { id } = await create();
  const table = new WatchedTable((writes) => change(id, { circuit_breaker: { failure_threshold: writes } }));
  expect(await changeThrough(table, id, { circuit_breaker: { enabled: false } })).toMatchObject({
    status: 409,
    headers: { 'retry-after': '1' },
    body: { code: 'CONFLICT' },
  });
  expect(table.writes).toBe(5);
  expect((await read(id)).circuit_breaker).toMatchObject({ enabled: true, failure_threshold: 5 });
});

it.each([
  [
    { name: 'renamed', enabled: true },
    { reads: 0, writes: 1 },
  ],
  // Disabling it again must not forget why it was disabled before.
  [{ enabled: false }, { reads: 1, writes: 1 }],
  [{ url: 'https://example.com/other' }, { reads: 1, writes: 1 }],
  [{ signing }, { reads: 1, writes: 1 }],
  [
    { secret: 'another secret', headers: {}, circuit_breaker: { enabled: false } },
    { reads: 1, writes: 1 },
  ],
])('the change %j costs at most %j', async (body, cost) => {
  const table = new WatchedTable();
  const { id } = await create();
  expect(await changeThrough(table, id, body)).toMatchObject({ status: 200 });
  expect(table).toMatchObject(cost);
});
