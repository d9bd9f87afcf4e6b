import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { describe, expect } from 'vitest';
import { dynamoSuite, type Item, key, N, PAIR, refusal, rule } from './suite.ts';

const { client, streams, makeTable } = dynamoSuite();
type ViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

interface Streamed {
  readonly TableName: string;
  readonly StreamArn: string;
  readonly ShardId: string;
}

async function makeStreamed(StreamViewType: ViewType = 'NEW_AND_OLD_IMAGES'): Promise<Streamed> {
  const TableName = await makeTable({ ...PAIR, StreamSpecification: { StreamViewType } });
  const { Streams } = await streams().send(new ListStreamsCommand({ TableName }));
  const StreamArn = Streams?.[0]?.StreamArn ?? '';
  const { StreamDescription } = await streams().send(new DescribeStreamCommand({ StreamArn }));
  return { TableName, StreamArn, ShardId: StreamDescription?.Shards?.[0]?.ShardId ?? '' };
}

async function iterator(
  { StreamArn, ShardId }: Streamed,
  more: Partial<GetShardIteratorCommandInput> = {},
): Promise<string | undefined> {
  const request = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...more });
  return (await streams().send(request)).ShardIterator;
}

async function records(streamed: Streamed, more: Partial<GetShardIteratorCommandInput> = {}): Promise<StreamRecord[]> {
  const ShardIterator = await iterator(streamed, more);
  return (await streams().send(new GetRecordsCommand({ ShardIterator }))).Records ?? [];
}

const put = (TableName: string, Item: Item) => client().send(new PutItemCommand({ TableName, Item }));

describe('a stream', () => {
  rule('a stream has a record for every change, in order', async () => {
    const streamed = await makeStreamed();
    const { TableName } = streamed;
    const Key = key('a', '1');
    await put(TableName, { ...Key, n: N(1) });
    await client().send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': N(2) },
      }),
    );
    await client().send(new DeleteItemCommand({ TableName, Key }));
    const found = await records(streamed);
    expect(found.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(found[0]).toMatchObject({
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: Key,
        NewImage: { ...Key, n: N(1) },
        SizeBytes: 15,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(found[0]?.dynamodb?.OldImage).toBeUndefined();
    expect(found[0]?.dynamodb?.ApproximateCreationDateTime).toBeInstanceOf(Date);
    expect(found[0]?.userIdentity).toBeUndefined();
    expect(found[1]?.dynamodb).toMatchObject({ NewImage: { n: N(2) }, OldImage: { n: N(1) } });
    expect(found[2]?.dynamodb).toMatchObject({ OldImage: { n: N(2) } });
    expect(found[2]?.dynamodb?.NewImage).toBeUndefined();
    const numbers = found.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
    expect(numbers).toEqual([...new Set(numbers)].sort());
    for (const number of numbers) expect(number).toMatch(/^\d{21}$/);
    expect(new Set(found.map(({ eventID }) => eventID)).size).toBe(3);
  });

  rule('a write that changes nothing adds no record', async () => {
    const streamed = await makeStreamed();
    const { TableName } = streamed;
    const Item = { ...key('a', '1'), n: N(1), s: { SS: ['x', 'y'] } };
    await put(TableName, Item);
    await put(TableName, { s: { SS: ['y', 'x'] }, n: N('1.0'), ...key('a', '1') });
    await client().send(
      new UpdateItemCommand({
        TableName,
        Key: key('a', '1'),
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': N(1) },
      }),
    );
    await client().send(new DeleteItemCommand({ TableName, Key: key('a', 'none') }));
    await client().send(new UpdateItemCommand({ TableName, Key: key('a', 'none'), UpdateExpression: 'REMOVE n' }));
    await refusal(
      client().send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' })),
    );
    expect((await records(streamed)).length).toBe(1);
  });

  rule('batches and transactions add records', async () => {
    const streamed = await makeStreamed('KEYS_ONLY');
    const { TableName } = streamed;
    await client().send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: ['1', '2'].map((sk) => ({ PutRequest: { Item: key('b', sk) } })) },
      }),
    );
    await client().send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: key('b', '3') } }, { Delete: { TableName, Key: key('b', '1') } }],
      }),
    );
    const seen = (await records(streamed)).map(({ eventName, dynamodb }) => `${eventName} ${dynamodb?.Keys?.sk?.S}`);
    expect(seen.sort()).toEqual(['INSERT 1', 'INSERT 2', 'INSERT 3', 'REMOVE 1']);
  });

  rule("records have the images of the stream's view type", async () => {
    const images: Record<ViewType, string[]> = {
      KEYS_ONLY: [],
      NEW_IMAGE: ['NewImage'],
      OLD_IMAGE: ['OldImage'],
      NEW_AND_OLD_IMAGES: ['NewImage', 'OldImage'],
    };
    for (const view of ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const) {
      const streamed = await makeStreamed(view);
      await put(streamed.TableName, { ...key('a', '1'), n: N(1) });
      await put(streamed.TableName, { ...key('a', '1'), n: N(2) });
      const modified = (await records(streamed))[1]?.dynamodb ?? {};
      expect(
        Object.keys(modified)
          .filter((member) => member.endsWith('Image'))
          .sort(),
      ).toEqual(images[view]);
      expect(modified.StreamViewType).toBe(view);
    }
  });

  rule('a stream is read from the beginning, from the end, and at or after a record', async () => {
    const streamed = await makeStreamed();
    for (const sk of ['1', '2', '3']) await put(streamed.TableName, key('a', sk));
    const latest = await iterator(streamed, { ShardIteratorType: 'LATEST' });
    const all = await records(streamed);
    const second = all[1]?.dynamodb?.SequenceNumber;
    const sortKeys = (found: StreamRecord[]) => found.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S);
    const from = (ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER') =>
      records(streamed, { ShardIteratorType, SequenceNumber: second });
    expect(sortKeys(await from('AT_SEQUENCE_NUMBER'))).toEqual(['2', '3']);
    expect(sortKeys(await from('AFTER_SEQUENCE_NUMBER'))).toEqual(['3']);
    await put(streamed.TableName, key('a', '4'));
    const { Records, NextShardIterator } = await streams().send(new GetRecordsCommand({ ShardIterator: latest }));
    expect(sortKeys(Records ?? [])).toEqual(['4']);
    await put(streamed.TableName, key('a', '5'));
    const next = await streams().send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));
    expect(sortKeys(next.Records ?? [])).toEqual(['5']);
  });

  rule('a stream is read in pages of at most Limit records', async () => {
    const streamed = await makeStreamed();
    for (const sk of ['1', '2', '3']) await put(streamed.TableName, key('a', sk));
    const seen: (string | undefined)[][] = [];
    let ShardIterator = await iterator(streamed);
    for (let page = 0; page < 3; page++) {
      const response = await streams().send(new GetRecordsCommand({ ShardIterator, Limit: 2 }));
      seen.push((response.Records ?? []).map(({ dynamodb }) => dynamodb?.Keys?.sk?.S));
      ShardIterator = response.NextShardIterator;
    }
    expect(seen).toEqual([['1', '2'], ['3'], []]);
  });

  rule('a stream is described with its one open shard', async () => {
    const { StreamArn, TableName } = await makeStreamed('NEW_IMAGE');
    const { StreamDescription } = await streams().send(new DescribeStreamCommand({ StreamArn }));
    expect(StreamDescription).toMatchObject({
      StreamArn,
      TableName,
      StreamStatus: 'ENABLED',
      StreamViewType: 'NEW_IMAGE',
      KeySchema: PAIR.KeySchema,
    });
    expect(StreamDescription?.Shards?.length).toBe(1);
    expect(StreamDescription?.Shards?.[0]?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
    expect(StreamDescription?.Shards?.[0]?.ShardId).toMatch(/^shardId-\d{20}-[0-9a-f]{8}$/);
  });

  rule('a stream that does not exist cannot be described', async () => {
    const StreamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000';
    expect(await refusal(streams().send(new DescribeStreamCommand({ StreamArn })))).toBe(
      `ResourceNotFoundException: Requested resource not found: Stream: ${StreamArn} not found`,
    );
  });

  rule('an iterator or sequence number that the stream did not issue is refused', async () => {
    const streamed = await makeStreamed();
    expect(await refusal(streams().send(new GetRecordsCommand({ ShardIterator: 'x' })))).toBe(
      'ValidationException: Invalid ShardIterator',
    );
    expect(await refusal(iterator(streamed, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }))).toBe(
      'ValidationException: One or more parameter values were invalid: Invalid SequenceNumber',
    );
    expect(await refusal(iterator(streamed, { ShardId: 'shardId-00000000000000000000-00000000' }))).toBe(
      'ResourceNotFoundException: Shard does not exist',
    );
  });
});
