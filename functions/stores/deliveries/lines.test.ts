import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { attemptName, type DeliveryJob, firstJob } from '../../../core/deliveries/delivery.ts';
import { newId } from '../../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { encodeLineEntries, type LineEntry } from './line-entry-codec.ts';
import { LineStore } from './lines.ts';

const destinationId = newId('dst');
const connection = { id: newId('con'), destinationId };
const source = { organizationId: newId('org'), sourceId: newId('src') };

let services: TestServices;
let lines: LineStore;
beforeEach(async () => {
  services = await startServices();
  lines = new LineStore({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries, retentionDays: 30 });
});
afterEach(() => services.close());

const job = (): DeliveryJob => firstJob({ id: newId('evt'), ...source }, connection);
const inLine = async () =>
  (await lines.peek(destinationId, 100)).map(({ entries }) => entries.map((one) => attemptName(one.job)));

/** Writes a row as the version of November 2026 did: its position names its first delivery and nothing else. */
async function putAsBefore(first: LineEntry, atMs: number): Promise<void> {
  await services.clients.dynamodb.send(
    new PutItemCommand({
      TableName: resourceNames.deliveries,
      Item: {
        destination_id: { S: `${destinationId}#line` },
        id: { S: `at#${atMs}#${attemptName(first.job)}` },
        waiting: { B: encodeLineEntries([first]) },
      },
    }),
  );
}

it('rows of the previous version keep their place and are removed like others', async () => {
  const nowMs = services.clock.nowMs();
  const [early, stored, late] = [{ job: job() }, { job: job() }, { job: job() }];
  await lines.append(destinationId, [late], nowMs + 2, nowMs);
  await putAsBefore(stored, nowMs + 1);
  await lines.append(destinationId, [early], nowMs, nowMs);
  expect(await inLine()).toEqual([early, stored, late].map((one) => [attemptName(one.job)]));
  const isDone = (one: LineEntry) => one.job.deliveryId !== late.job.deliveryId;
  await lines.removeDone(destinationId, await lines.peek(destinationId, 100), isDone, nowMs);
  expect(await inLine()).toEqual([[attemptName(late.job)]]);
});

it('a line keeps what it is stuck on, and that of the previous version, which knew of one delivery', async () => {
  const nowMs = services.clock.nowMs();
  const stuck = [1, 2].map((times) => ({ deliveryId: job().deliveryId, times, untilMs: nowMs + times }));
  const [first] = stuck;
  await services.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: resourceNames.deliveries,
      Key: { destination_id: { S: `${destinationId}#line` }, id: { S: 'lease' } },
      UpdateExpression: 'SET stuck_on = :on, stuck_times = :times, stuck_until = :until',
      ExpressionAttributeValues: {
        ':on': { S: first?.deliveryId ?? '' },
        ':times': { N: '1' },
        ':until': { N: String(nowMs + 1) },
      },
    }),
  );
  const taken = [];
  for (const left of [stuck, []]) {
    const lease = await lines.take(destinationId, nowMs);
    taken.push(lease?.stuck);
    if (lease) await lines.release(lease, { freeFromUs: 0, stuck: left });
  }
  expect([...taken, (await lines.take(destinationId, nowMs))?.stuck]).toEqual([[first], stuck, undefined]);
});
