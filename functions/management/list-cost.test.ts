import { type AttributeValue, BatchWriteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idSchema } from '../../core/id-schema.ts';
import { deliveryIdOf, newEventId, newId } from '../../core/ids.ts';
import { resourceNames } from '../../test/support/services.ts';
import { ApiUnderTest } from './testing/api.fixture.ts';
import { type Connected, failedAttempt, HistoryUnderTest, okAttempt } from './testing/history.fixture.ts';
import { ReadMeter } from './testing/read-meter.fixture.ts';

const { config, events, deliveries } = resourceNames;

type Row = Record<string, AttributeValue>;

let api: ApiUnderTest;
let ends: Connected;
/** The rows that the API and the pipeline have made, by table. */
let made: Map<string, Row[]>;
let meter: ReadMeter;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  meter = new ReadMeter();
  const history = new HistoryUnderTest(api.services);
  ends = await history.connected(api);
  const verification = { type: 'github', secret: 'a-secret-of-github' };
  await api.ok('PATCH', `/v1/sources/${ends.source}`, { body: { verification } });
  await api.ok('POST', '/v1/organizations', { body: { name: 'team-blue' } });
  await api.newKey('read');
  await history.record(await history.store(ends.source, 'body'), ends, [okAttempt(1)], { status: 'succeeded' });
  await history.dead(ends);
  await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], {
    status: 'retrying',
    nextAttemptAtMs: Date.now() + 30_000,
  });
  made = new Map(
    await Promise.all([config, events, deliveries].map(async (table) => [table, await rowsOf(table)] as const)),
  );
});
afterAll(() => api.close());

async function costOf(
  path: string,
  query: Record<string, string> = {},
): Promise<{ units: number; cursor: string | null }> {
  meter.reset();
  const { cursor } = await api.ok('GET', path, { query });
  return { units: meter.units, cursor };
}

async function rowsOf(table: string): Promise<Row[]> {
  const { Items = [] } = await api.services.clients.dynamodb.send(new ScanCommand({ TableName: table }));
  return Items;
}

/** Writes rows of a list. Each is a copy of one that the API or the pipeline made, with new ids. */
async function write(table: string, rows: readonly Row[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 25) {
    const requests = rows.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await api.services.clients.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
}

const s = (value: string) => ({ S: value });
const isOf = (prefix: string) => (row: Row) => row.list_key !== undefined && row.id?.S?.startsWith(prefix) === true;
const hasStatus = (status: string) => (row: Row) => row.status?.S === status;

/** A copy of a configuration row under a new id. */
function configured(prefix: 'org' | 'key' | 'src' | 'dst') {
  const copy = (row: Row): Row => {
    const id = s(newId(prefix));
    return { ...row, id, pk: id };
  };
  return { table: config, matches: isOf(prefix), copy };
}

const connection = {
  table: config,
  matches: isOf('con'),
  copy: (row: Row): Row => {
    const id = s(newId('con'));
    return { ...row, id, sk: id };
  },
};

const newEvent = () => newEventId(idSchema('src').parse(ends.source), Date.now());
const event = { table: events, matches: () => true, copy: (row: Row): Row => ({ ...row, id: s(newEvent()) }) };
const delivery = (status: string) => ({
  table: deliveries,
  matches: hasStatus(status),
  copy: (row: Row): Row => ({ ...row, id: s(deliveryIdOf(newEvent(), idSchema('con').parse(ends.connection))) }),
});

const FEW = 100;
/** More than the 1 MB that one query reads, at 400 bytes a row. `HAWSER_LIST_ROWS=10000` is the full run. */
const MANY = Number(process.env.HAWSER_LIST_ROWS ?? 3_000);

describe(`a page costs the same at ${FEW} rows and at ${MANY}`, () => {
  it.each([
    ['organizations', configured('org'), () => ['/v1/organizations']],
    ['API keys', configured('key'), () => ['/v1/api-keys']],
    [
      'connections',
      connection,
      () => [
        '/v1/connections',
        `/v1/connections?source_id=${ends.source}`,
        `/v1/connections?destination_id=${ends.destination}`,
        `/v1/sources/${ends.source}/destinations`,
      ],
    ],
    [
      'events',
      event,
      () => ['/v1/events', `/v1/events?source_id=${ends.source}`, '/v1/events?until=2999-01-01T00:00:00Z'],
    ],
    [
      'deliveries',
      delivery('succeeded'),
      () => [
        '/v1/deliveries',
        `/v1/deliveries?destination_id=${ends.destination}`,
        `/v1/deliveries?destination_id=${ends.destination}&status=succeeded`,
        // There is one of each of these, anywhere among the others.
        '/v1/deliveries?status=retrying',
        '/v1/deliveries?status=dead',
        '/v1/deliveries?status=cancelled',
      ],
    ],
    [
      'dead letters',
      delivery('dead'),
      () => [
        '/v1/dead-letters',
        `/v1/dead-letters?destination_id=${ends.destination}`,
        `/v1/deliveries?destination_id=${ends.destination}&status=dead`,
      ],
    ],
    // Last: with more than a hundred sources or destinations, lists of what they received or sent require one to be named.
    ['sources', configured('src'), () => ['/v1/sources']],
    ['destinations', configured('dst'), () => ['/v1/destinations', '/v1/destinations?archived=false&type=http']],
  ] as const)('a page of %s costs the same', async (_, { table, matches, copy }, lists) => {
    const row = made.get(table)?.find(matches) ?? {};
    expect(row).toHaveProperty('id');
    const cost = async () => {
      const units: Record<string, number[]> = {};
      for (const list of lists()) {
        const { pathname, searchParams } = new URL(list, 'http://api');
        const query = { limit: '20', ...Object.fromEntries(searchParams) };
        const first = await costOf(pathname, query);
        const second =
          first.cursor === null ? [] : [(await costOf(pathname, { ...query, cursor: first.cursor })).units];
        units[list] = [first.units, ...second];
      }
      return units;
    };
    await write(
      table,
      Array.from({ length: FEW }, () => copy(row)),
    );
    const ofFew = await cost();
    await write(
      table,
      Array.from({ length: MANY - FEW }, () => copy(row)),
    );
    expect(await cost()).toEqual(ofFew);
    expect(
      Object.values(ofFew)
        .flat()
        .every((units) => units > 0),
    ).toBe(true);
  });
});

it.each([
  ['/v1/destinations', () => ({}), { search: 'nowhere' }],
  ['/v1/events', () => ({ source_id: ends.source }), { event_type: 'never' }],
] as const)(
  'a page of %s that finds nothing costs what a thousand rows cost and has a cursor to continue',
  async (...of) => {
    const [list, among, wanted] = of;
    const hundred = await costOf(list, { ...among(), limit: '100' });
    const search = await costOf(list, { ...among(), ...wanted });
    expect(search.units).toBeGreaterThan(hundred.units);
    expect(search.units).toBeLessThan(11 * hundred.units);
    expect(search.cursor).not.toBeNull();
  },
);
