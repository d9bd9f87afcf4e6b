import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { WireResponse } from '../wire/wire.ts';
import { DynamoDb, type TableSpec } from './dynamodb.ts';

const EVENTS: TableSpec = {
  TableName: 'events',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'state', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by_state',
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveAttribute: 'expires_at',
};
const HOUR_MS = 60 * 60 * 1000;

let clock: ManualClock;
let folder: string;
let database: Database;
let runningTime: RunningTime;
let dynamodb: DynamoDb;

function open(): void {
  database = new Database(join(folder, 'local.db'));
  runningTime = new RunningTime(database, clock);
  dynamodb = new DynamoDb({ database, clock, region: 'eu-central-1', runningTime });
}

beforeEach(() => {
  clock = new ManualClock();
  folder = mkdtempSync(join(tmpdir(), 'hawser-dynamodb-'));
  open();
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

async function send(operation: string, input: object): Promise<WireResponse> {
  const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
  const request = { method: 'POST', url: '/', headers, body: Buffer.from(JSON.stringify(input)) };
  try {
    return await dynamodb.wire.handle(request);
  } catch (error) {
    if (error instanceof AwsError) return dynamodb.wire.errorResponse(error);
    throw error;
  }
}

async function call(operation: string, input: object): Promise<Record<string, unknown>> {
  return JSON.parse(String((await send(operation, { TableName: 'events', ...input })).body));
}

const event = (sk: number, more: object = {}) => ({ pk: { S: 'p' }, sk: { N: String(sk) }, ...more });
const put = (sk: number, more?: object) => call('PutItem', { Item: event(sk, more) });

function streamArn(spec: TableSpec = EVENTS): string {
  return dynamodb.ensureTable(spec).streamArn ?? '';
}

function records(arn: string, after?: string, limit = 1000) {
  return dynamodb.streams.read(arn, dynamodb.streams.shards(arn)[0] ?? '', after, limit);
}

describe('the embedded DynamoDB', () => {
  it('has everything again after the file was closed and opened', async () => {
    const arn = streamArn();
    await put(1, { state: { S: 'held' } });
    await put(2);
    await put(1, { state: { S: 'dead' } });
    database.close();

    open();
    expect(streamArn()).toBe(arn);
    expect(await call('GetItem', { Key: event(1) })).toEqual({ Item: event(1, { state: { S: 'dead' } }) });
    const query = {
      IndexName: 'by_state',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
    };
    expect(await call('Query', { ...query, ExpressionAttributeValues: { ':s': { S: 'dead' } } })).toMatchObject({
      Count: 1,
    });
    expect(await call('Query', { ...query, ExpressionAttributeValues: { ':s': { S: 'held' } } })).toMatchObject({
      Count: 0,
    });
    expect(records(arn).map(({ eventName }) => eventName)).toEqual(['INSERT', 'INSERT', 'MODIFY']);

    await put(3);
    const numbers = records(arn).map((record) => record.dynamodb.SequenceNumber);
    expect(numbers).toHaveLength(4);
    expect(numbers).toEqual([...new Set(numbers)].sort());
  });

  it('remembers transactions by their token over a restart', async () => {
    streamArn();
    const transaction = {
      ClientRequestToken: 'token',
      TransactItems: [
        { Put: { TableName: 'events', Item: event(1), ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
    };
    expect((await send('TransactWriteItems', transaction)).status).toBe(200);
    database.close();
    open();
    streamArn();
    expect((await send('TransactWriteItems', transaction)).status).toBe(200);
    await clock.advance(10 * 60 * 1000);
    expect((await send('TransactWriteItems', transaction)).status).toBe(400);
  });

  it('answers with the checksum of the body', async () => {
    streamArn();
    const { headers, body } = await send('ListTables', {});
    expect(body).toBe('{"TableNames":["events"]}');
    expect(headers['x-amz-crc32']).toBe(String(crc32(body)));
    expect(headers['content-type']).toBe('application/x-amz-json-1.0');
  });

  it('answers 501 for what it does not implement', async () => {
    streamArn();
    expect((await send('CreateTable', {})).status).toBe(501);
    expect((await send('Query', { TableName: 'events', KeyConditions: {} })).status).toBe(501);
    expect((await send('Scan', { TableName: 'events', Segment: 0, TotalSegments: 2 })).status).toBe(501);
  });

  it('writes and reads in one order however many requests come at once', async () => {
    streamArn();
    await put(0, { n: { N: '0' } });
    const increment = () =>
      call('UpdateItem', {
        Key: event(0),
        UpdateExpression: 'SET n = n + :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      });
    await Promise.all(Array.from({ length: 200 }, increment));
    expect(await call('GetItem', { Key: event(0) })).toEqual({ Item: event(0, { n: { N: '200' } }) });
    const claims = await Promise.all(
      Array.from({ length: 20 }, () =>
        send('PutItem', { TableName: 'events', Item: event(7), ConditionExpression: 'attribute_not_exists(pk)' }),
      ),
    );
    expect(claims.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('a batch of reads', () => {
  const key = (pk: string, sk: number) => ({ pk: { S: pk }, sk: { N: String(sk) } });
  const body = { S: 'x'.repeat(399 * 1024) };
  const sortKeys = (rows: readonly { readonly sk: { readonly N: string } }[] = []) => rows.map(({ sk }) => sk.N);

  async function read(keys: readonly object[]) {
    const answer = await send('BatchGetItem', {
      RequestItems: { events: { Keys: keys, ProjectionExpression: 'pk, sk' } },
    });
    const { Responses, UnprocessedKeys } = JSON.parse(String(answer.body));
    return { found: Responses.events, left: UnprocessedKeys.events?.Keys ?? [] };
  }

  it('answers 1 MB of a partition at most, and leaves the rest of it unprocessed', async () => {
    dynamodb.ensureTable(EVENTS);
    for (const sk of [0, 1, 2, 3]) await call('PutItem', { Item: { ...key('large', sk), body } });
    await call('PutItem', { Item: key('large', 4) });
    await call('PutItem', { Item: { ...key('other', 9), body } });
    const all = [0, 1, 2, 3, 4].map((sk) => key('large', sk));
    const first = await read([...all, key('other', 9)]);
    expect([sortKeys(first.found), sortKeys(first.left)]).toEqual([
      ['0', '1', '9'],
      ['2', '3', '4'],
    ]);
    const second = await read(first.left);
    expect([sortKeys(second.found), second.left]).toEqual([['2', '3', '4'], []]);
  });
});

describe('a table', () => {
  it('is made once, however often it is ensured', async () => {
    const first = dynamodb.ensureTable(EVENTS);
    expect(first).toEqual({
      tableName: 'events',
      tableArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/events',
      streamArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/events/stream/2026-01-01T00:00:00.000',
    });
    await clock.advance(1000);
    expect(dynamodb.ensureTable(EVENTS)).toEqual(first);
  });

  it('gets a new index filled, and loses one that is gone', async () => {
    const { GlobalSecondaryIndexes: _, ...plain } = EVENTS;
    dynamodb.ensureTable(plain);
    await put(1, { state: { S: 'held' } });
    await put(2);
    dynamodb.ensureTable(EVENTS);
    expect(await call('Scan', { IndexName: 'by_state' })).toMatchObject({ Count: 1, Items: [event(1)] });
    dynamodb.ensureTable(plain);
    expect(await call('Scan', { IndexName: 'by_state' })).toMatchObject({
      message: 'The table does not have the specified index: by_state',
    });
  });

  it('gets a new stream where the view changes', async () => {
    const before = streamArn();
    await put(1);
    const after = streamArn({ ...EVENTS, StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
    expect(after).not.toBe(before);
    expect(records(after)).toEqual([]);
    expect(() => records(before)).toThrow('not found');
  });

  it('keeps its key', () => {
    dynamodb.ensureTable(EVENTS);
    const [partition] = EVENTS.KeySchema;
    if (!partition) throw new Error('the key has a partition');
    expect(() => dynamodb.ensureTable({ ...EVENTS, KeySchema: [partition] })).toThrow('another key');
  });
});

describe('the counts of a table', () => {
  it('are exact, and let other requests have their turn on the way', async () => {
    dynamodb.ensureTable(EVENTS);
    const ids = Array.from({ length: 2500 }, (_, sk) => sk);
    await Promise.all(ids.map((sk) => put(sk, sk % 2 ? { state: { S: 'held' } } : {})));
    let turns = 0;
    let isAnswered = false;
    const described = call('DescribeTable', {}).finally(() => {
      isAnswered = true;
    });
    for (; !isAnswered; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(await described).toMatchObject({
      Table: { ItemCount: 2500, GlobalSecondaryIndexes: [{ IndexName: 'by_state', ItemCount: 1250 }] },
    });
    expect(turns).toBeGreaterThan(4);
  });
});

describe('a stream, read natively', () => {
  it('has records in the shape of the Lambda event', async () => {
    const arn = streamArn();
    await put(1, { body: { S: 'x' } });
    expect(records(arn)).toEqual([
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'eu-central-1',
        dynamodb: {
          ApproximateCreationDateTime: Date.UTC(2026, 0, 1) / 1000,
          Keys: event(1),
          NewImage: event(1, { body: { S: 'x' } }),
          SequenceNumber: '100000000000000000001',
          SizeBytes: 19,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: arn,
      },
    ]);
  });

  it('is read on after a sequence number, in pages', async () => {
    const arn = streamArn();
    for (let sk = 1; sk <= 5; sk++) await put(sk);
    const first = records(arn, undefined, 2);
    expect(first.map((record) => record.dynamodb.Keys.sk)).toEqual([{ N: '1' }, { N: '2' }]);
    const rest = records(arn, first.at(-1)?.dynamodb.SequenceNumber);
    expect(rest.map((record) => record.dynamodb.Keys.sk)).toEqual([{ N: '3' }, { N: '4' }, { N: '5' }]);
    const [shard = ''] = dynamodb.streams.shards(arn);
    expect(dynamodb.streams.latestSequenceNumber(arn, shard)).toBe(rest.at(-1)?.dynamodb.SequenceNumber);
  });

  it('tells its listeners after each commit that added records, and then they can be read', async () => {
    const arn = streamArn();
    const seen: number[] = [];
    const stop = dynamodb.streams.onRecords(arn, () => seen.push(records(arn).length));
    await Promise.all([put(1), put(2)]);
    expect(seen.at(-1)).toBe(2);
    await put(2);
    const told = seen.length;
    await call('DeleteItem', { Key: event(9) });
    expect(seen.length).toBe(told);
    stop();
    await put(3);
    expect(seen.length).toBe(told);
  });

  it('forgets records after 24 hours and goes on counting', async () => {
    const arn = streamArn();
    await put(1);
    await clock.advance(23 * HOUR_MS);
    await put(2);
    expect(records(arn)).toHaveLength(2);
    await clock.advance(HOUR_MS);
    expect(records(arn).map((record) => record.dynamodb.Keys.sk)).toEqual([{ N: '2' }]);
    await clock.advance(24 * HOUR_MS);
    await dynamodb.sweep();
    expect(records(arn)).toEqual([]);
    database.close();
    open();
    streamArn();
    await put(3);
    expect(records(arn).at(-1)?.dynamodb.SequenceNumber).toBe('100000000000000000003');
  });

  it('does not grow old while the process is down: what nobody has read yet waits', async () => {
    const arn = streamArn();
    const startedMs = clock.nowMs();
    runningTime.start();
    await put(1);
    await clock.advance(HOUR_MS);
    await put(2);
    for (let restart = 0; restart < 3; restart++) {
      await runningTime.stop();
      database.close();
      await clock.advance(72 * HOUR_MS);
      open();
      streamArn();
      runningTime.start();
      await dynamodb.sweep();
    }
    expect(records(arn).map((record) => dynamodb.streams.ageMsOf(record))).toEqual([HOUR_MS, 0]);
    const createdMs = records(arn).map((record) => record.dynamodb.ApproximateCreationDateTime * 1000);
    expect(createdMs).toEqual([startedMs, startedMs + HOUR_MS]);
    await put(3);
    await clock.advance(23 * HOUR_MS);
    expect(records(arn).map(({ dynamodb }) => dynamodb.Keys.sk)).toEqual([{ N: '2' }, { N: '3' }]);
    await clock.advance(HOUR_MS);
    expect(records(arn)).toEqual([]);
    await runningTime.stop();
  });

  it('is trimmed in pieces, between which requests have their turn', async () => {
    const arn = streamArn();
    await Promise.all(Array.from({ length: 450 }, (_, n) => put(1, { n: { N: String(n) } })));
    await clock.advance(24 * HOUR_MS);
    await put(2);
    const stored = () => database.statement('SELECT sequence FROM dynamodb_stream_1').all().length;
    const seen = new Set<number>();
    let isSwept = false;
    const sweeping = dynamodb.sweep().finally(() => {
      isSwept = true;
    });
    while (!isSwept) {
      seen.add(stored());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sweeping;
    expect([...seen].sort((a, b) => b - a).slice(0, 3)).toEqual([451, 351, 251]);
    expect(stored()).toBe(1);
    expect(records(arn)).toHaveLength(1);
  });

  it('gives iterators that expire after 15 minutes', async () => {
    const arn = streamArn();
    const stream = async (operation: string, input: object) => {
      const headers = { 'x-amz-target': `DynamoDBStreams_20120810.${operation}` };
      const body = Buffer.from(JSON.stringify(input));
      return JSON.parse(String((await dynamodb.wire.handle({ method: 'POST', url: '/', headers, body })).body));
    };
    const [ShardId] = dynamodb.streams.shards(arn);
    const start = { StreamArn: arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = await stream('GetShardIterator', start);
    await clock.advance(15 * 60 * 1000);
    expect(await stream('GetRecords', { ShardIterator })).toMatchObject({ Records: [] });
    await clock.advance(1);
    await expect(stream('GetRecords', { ShardIterator })).rejects.toMatchObject({ code: 'ExpiredIteratorException' });
  });

  it('a stream is trimmed although the clock was ahead for a while, and what came then is kept as long as the rest', async () => {
    const arn = streamArn();
    const kept = () =>
      database
        .statement('SELECT sequence FROM dynamodb_stream_1')
        .all()
        .map(({ sequence }) => sequence);
    runningTime.start();
    await put(1);
    clock.set(365 * 24 * HOUR_MS);
    for (let n = 0; n < 150; n++) await put(2, { n: { N: String(n) } });
    clock.set(-365 * 24 * HOUR_MS);
    await dynamodb.sweep();
    expect(records(arn)).toHaveLength(151);
    await put(3);
    await clock.advance(25 * HOUR_MS);
    await put(4);
    await dynamodb.sweep();
    expect(kept()).toEqual([153]);
    await runningTime.stop();
  });
});

describe('the time to live', () => {
  const seconds = () => Math.floor(clock.nowMs() / 1000);

  it('is no timer: an expired item stays readable until the sweep removes it', async () => {
    const arn = streamArn();
    await put(1, { expires_at: { N: String(seconds() + 60) }, state: { S: 'held' } });
    await put(2, { expires_at: { N: String(seconds() + 6 * 60 * 60) } });
    await put(3, { expires_at: { S: 'never' } });
    await put(5, { expires_at: { N: String(seconds() - 6 * 365 * 24 * 60 * 60) } });
    await put(4);
    dynamodb.start();
    await clock.advance(30 * 60 * 1000);
    expect(await call('Scan', {})).toMatchObject({ Count: 5 });
    await clock.advance(HOUR_MS);
    // Another sweep only ends after the one under way, which takes several turns of the event loop: one for each commit.
    await dynamodb.sweep();
    expect(await call('Scan', { ProjectionExpression: 'sk' })).toMatchObject({
      Items: [{ sk: { N: '2' } }, { sk: { N: '3' } }, { sk: { N: '4' } }, { sk: { N: '5' } }],
    });
    expect(await call('Scan', { IndexName: 'by_state' })).toMatchObject({ Count: 0 });
    expect(records(arn).at(-1)).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      dynamodb: { Keys: event(1), OldImage: { state: { S: 'held' } } },
    });
    await dynamodb.stop();
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('also ends for items of a stack that is never used for an hour at a time', async () => {
    streamArn();
    await put(1, { expires_at: { N: String(seconds() + 60) } });
    await clock.advance(HOUR_MS);
    dynamodb.start();
    await clock.advance(60_000);
    await dynamodb.stop();
    expect(await call('GetItem', { Key: event(1) })).toEqual({});
  });

  it('is swept again an hour after a sweep that failed', async () => {
    streamArn();
    await put(1, { expires_at: { N: String(Math.floor(clock.nowMs() / 1000) + 60) } });
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const broken = vi.spyOn(database, 'write').mockRejectedValue(new Error('database or disk is full'));
    dynamodb.start();
    await clock.advance(HOUR_MS);
    expect(String(told.mock.calls[0]?.[0])).toContain('database or disk is full');
    broken.mockRestore();
    told.mockRestore();
    await clock.advance(HOUR_MS);
    await dynamodb.stop();
    expect(await call('GetItem', { Key: event(1) })).toEqual({});
  });

  it('may be prolonged', async () => {
    streamArn();
    await put(1, { expires_at: { N: String(seconds() + 60) } });
    await put(1, { expires_at: { N: String(seconds() + 10 * 60 * 60) } });
    await clock.advance(HOUR_MS);
    await dynamodb.sweep();
    expect(await call('Scan', {})).toMatchObject({ Count: 1 });
  });

  it('applies to what was stored before it was enabled', async () => {
    const { TimeToLiveAttribute: _, ...plain } = EVENTS;
    dynamodb.ensureTable(plain);
    for (let sk = 0; sk < 250; sk++) await put(sk, { expires_at: { N: String(seconds() + 60) } });
    dynamodb.ensureTable(EVENTS);
    await clock.advance(HOUR_MS);
    await dynamodb.sweep();
    expect(await call('Scan', {})).toMatchObject({ Count: 0 });
  });
});
