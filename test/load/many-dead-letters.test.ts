import { type AttributeValue, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { idSchema } from '../../core/id-schema.ts';
import { deliveryIdOf, newEventId } from '../../core/ids.ts';
import { ApiUnderTest } from '../../functions/management/testing/api.fixture.ts';
import type { Connected } from '../../functions/management/testing/history.fixture.ts';
import { encodeMessage } from '../../functions/messages/delivery.ts';
import { clientsThrough, LONG_AGO_MS, ReplaysUnderTest } from '../../functions/replay/replays.fixture.ts';
import { resourceNames } from '../support/services.ts';

type Row = Record<string, AttributeValue>;

const DESTINATIONS = 5;
const DEAD = Number(process.env.HAWSER_DEAD_LETTERS ?? 2_500);

let api: ApiUnderTest;
let replays: ReplaysUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  replays = await ReplaysUnderTest.start(api);
});
afterAll(() => api.close());

/** Makes rows and messages for this many events, like those of a first dead letter that was made by the stores. */
async function makeDeadLetters(all: readonly Connected[], count: number): Promise<void> {
  const { dynamodb } = api.services.clients;
  const write = async (table: string, rows: readonly Row[]) => {
    for (let start = 0; start < rows.length; start += 25) {
      const puts = rows.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    }
  };
  for (const ends of all) {
    const events: Row[] = [];
    const deliveries: Row[] = [];
    const connectionId = idSchema('con').parse(ends.connection);
    for (let index = 0; index < count / all.length; index++) {
      const eventId = newEventId(idSchema('src').parse(ends.source), LONG_AGO_MS + index);
      const job = replays.history.jobFor(eventId, ends);
      const [org_id, source_id, destination_id] = [job.organizationId, job.sourceId, job.destinationId].map((S) => ({
        S,
      }));
      if (!org_id || !source_id || !destination_id) throw new Error('a job has ids');
      events.push({ source_id, id: { S: eventId }, org_id, request: { B: new Uint8Array(1_000) } });
      deliveries.push({
        destination_id,
        id: { S: deliveryIdOf(eventId, connectionId) },
        org_id,
        source_id,
        connection_id: { S: connectionId },
        status: { S: 'dead' },
        reason: { S: 'retries_exhausted' },
        attempt_count: { N: '1' },
        round_start: { N: '1' },
        last_attempt_at: { N: String(LONG_AGO_MS) },
        last_result: { S: '503' },
        state_key: { S: `${ends.destination}#dead` },
        dead_letter_org_id: org_id,
      });
      await api.services.simulators.sqs.sendMessage(api.services.deadLetterQueue.queueArn, {
        body: encodeMessage({ job }),
      });
    }
    await write(resourceNames.events, events);
    await write(resourceNames.deliveries, deliveries);
  }
}

it(`${DEAD} dead letters of ${DESTINATIONS} destinations are replayed by one job, which empties list and queue`, {
  timeout: 300_000,
}, async () => {
  const all: Connected[] = [];
  for (let index = 0; index < DESTINATIONS; index++) all.push(await replays.connected());
  await makeDeadLetters(all, DEAD);
  expect(replays.depth('deadLetterQueue')).toBe(DEAD);
  const calls = new Map<string, number>();
  const clients = clientsThrough(api.services, (operation, call) => {
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    return call();
  });
  const { id } = await replays.begin({ rate_limit_per_second: 100 });
  const steps = await replays.run(replays.runner(clients));

  const { status, replayed } = await replays.shown(id);
  expect({ status, replayed }).toEqual({ status: 'completed', replayed: DEAD });
  expect((await replays.ok('GET', '/v1/dead-letters')).dead_letters).toEqual([]);
  expect(replays.depth('deadLetterQueue')).toBe(0);
  const jobs = await replays.allJobs();
  expect(new Set(jobs.map(({ deliveryId }) => deliveryId)).size).toBe(DEAD);
  expect(jobs).toHaveLength(DEAD);

  const pages = DEAD / 100;
  const looks = Math.ceil(DEAD / 500);
  expect(steps).toBe(pages + looks);
  expect(Object.fromEntries(calls)).toEqual({
    // The row of the replay.
    GetItem: steps,
    Query: pages,
    // The destinations and the event keys of each page, and the rows for each hundred messages of the queue.
    BatchGetItem: 3 * pages,
    // Each delivery becoming `pending`, the progress of each step, and the end.
    UpdateItem: DEAD + steps + 1,
    SendMessageBatch: DEAD / 10,
    SendMessage: steps - 1,
    GetQueueAttributes: looks,
    ReceiveMessage: DEAD / 10,
    DeleteMessageBatch: DEAD / 10,
  });
});
