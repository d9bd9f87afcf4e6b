import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type KeysAndAttributes,
  ThrottlingException,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import { type Pausing, retryingConflicts } from './conflicts.ts';

export type Row = Record<string, AttributeValue>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
export const MAX_BATCH_WRITE = 25;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const MAX_BATCH_GET = 100;

/** Of reads. 20 ms, doubling: 2.5 s in all, after which the retry of the caller (of the queue or the stream) takes over. */
const FIRST_PAUSE_MS = 20;
const MAX_ROUNDS = 8;

/**
 * Reads the rows that exist among up to `MAX_BATCH_GET` distinct keys, by default consistently and whole. Asks again
 * for keys that were throttled, or were beyond 16 MB in all or 1 MB of a partition, as long as each response brings some
 * rows.
 */
export async function batchGet(
  dynamodb: DynamoDBClient,
  table: string,
  keys: readonly Row[],
  options: Omit<KeysAndAttributes, 'Keys'> = { ConsistentRead: true },
): Promise<Row[]> {
  const rows: Row[] = [];
  let pending = [...keys];
  let round = 0;
  while (pending.length > 0) {
    await pause(round, `reading ${pending.length} rows of ${table}`);
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { ...options, Keys: pending } } }),
    );
    rows.push(...(Responses?.[table] ?? []));
    const left = UnprocessedKeys?.[table]?.Keys ?? [];
    round = left.length < pending.length ? 1 : round + 1;
    pending = left;
  }
  return rows;
}

/** Calls for chunks of up to `size` items, all at the same time, and joins what they find. */
export async function inChunks<Item, Found>(
  items: readonly Item[],
  size: number,
  find: (chunk: readonly Item[]) => Promise<readonly Found[]>,
): Promise<Found[]> {
  const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
  return (await allSettledOrThrow(chunks.map(find))).flat();
}

/**
 * Calls for each item, with a limit on how many run at the same time: the responses to all at once would wait for
 * connections, and in memory.
 */
export async function inTurns<Item, Found>(
  items: readonly Item[],
  atATime: number,
  find: (item: Item) => Promise<Found>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (let start = 0; start < items.length; start += atATime) {
    found.push(...(await allSettledOrThrow(items.slice(start, start + atATime).map(find))));
  }
  return found;
}

/** Writes up to `MAX_BATCH_WRITE` rows with distinct keys, as `batchWrite` does. */
export function batchPut(dynamodb: DynamoDBClient, table: string, rows: readonly Row[]): Promise<void> {
  return batchWrite(
    dynamodb,
    table,
    rows.map((Item) => ({ PutRequest: { Item } })),
  );
}

/**
 * Puts and deletes up to `MAX_BATCH_WRITE` rows with distinct keys. A call throws only if all of its rows were throttled;
 * otherwise it returns those that were. Either way they are sent again for some seconds in all, and only they: by then
 * somebody else may have changed the others.
 */
export async function batchWrite(
  dynamodb: DynamoDBClient,
  table: string,
  requests: readonly WriteRequest[],
  pausing?: Pausing,
): Promise<void> {
  let pending = [...requests];
  await retryingConflicts(async () => {
    const { UnprocessedItems } = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: pending } }));
    pending = UnprocessedItems?.[table] ?? [];
    if (pending.length === 0) return;
    throw new ThrottlingException({ message: `writing ${pending.length} rows to ${table}: throttled`, $metadata: {} });
  }, pausing);
}

async function pause(round: number, what: string): Promise<void> {
  if (round === MAX_ROUNDS) throw new Error(`${what}: still throttled after ${MAX_ROUNDS} tries`);
  if (round > 0) await sleep(FIRST_PAUSE_MS * 2 ** (round - 1) * (0.5 + Math.random() / 2));
}
