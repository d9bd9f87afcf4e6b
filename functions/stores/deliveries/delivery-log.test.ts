import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryJob, firstJob, nextJob, replayJob } from '../../../core/delivery.ts';
import { newEventId, newId } from '../../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { DeliveryLog } from './delivery-log.ts';
import { DeliveryReader } from './delivery-reader.ts';
import type { DeliveryState, StoredDelivery } from './delivery-row.ts';

const T = Date.UTC(2026, 10, 26);
const SENT_AGAIN = T + 60_000;

let services: TestServices;
let log: DeliveryLog;
let reader: DeliveryReader;
beforeEach(async () => {
  services = await startServices();
  const { dynamodb } = services.clients;
  const table = resourceNames.deliveries;
  log = new DeliveryLog({ dynamodb, table, retentionDays: 30 });
  reader = new DeliveryReader({ dynamodb, table });
});
afterEach(() => services.close());

async function rowOf(job: DeliveryJob): Promise<StoredDelivery> {
  const row = (await reader.getMany([job])).get(job.deliveryId);
  if (!row) throw new Error('no row');
  return row;
}

function made(job: DeliveryJob, state: DeliveryState): Promise<void> {
  const error = { code: 'TIMEOUT', message: 'no answer within 10 s' } as const;
  const attempt = { number: job.attempt, startedAtMs: T, durationMs: 1, requestHeaders: [], error };
  return log.recordAttempt(job, attempt, state);
}

/** The replay of a delivery that is dead after one attempt. */
async function replayed(): Promise<DeliveryJob> {
  const sourceId = newId('src');
  const event = { id: newEventId(sourceId, T), organizationId: newId('org'), sourceId };
  const job = firstJob(event, { connectionId: newId('con'), destinationId: newId('dst') });
  await made(job, { status: 'dead', reason: 'retries_exhausted' });
  return replayJob(await rowOf(job), SENT_AGAIN);
}

describe('a row says when its delivery was last sent again', () => {
  it.each<DeliveryState>([
    { status: 'pending' },
    { status: 'cancelled', reason: 'dropped_by_transform' },
    { status: 'dead', reason: 'transform_failed' },
  ])('whatever becomes of it without an attempt: $status', async (state) => {
    const job = await replayed();
    await log.recordState(job, state, T);
    expect(await rowOf(job)).toMatchObject({ status: state.status, replayedAtMs: SENT_AGAIN });
  });

  it.each<DeliveryState>([
    { status: 'retrying', nextAttemptAtMs: T },
    { status: 'succeeded' },
    { status: 'dead', reason: 'retries_exhausted' },
  ])('whatever becomes of it by an attempt: $status', async (state) => {
    const job = await replayed();
    await made(job, state);
    expect(await rowOf(job)).toMatchObject({ status: state.status, replayedAtMs: SENT_AGAIN });
  });

  it('through being held, cancelled and sent once more', async () => {
    const job = await replayed();
    await log.hold(job, await rowOf(job), T);
    expect(nextJob(await rowOf(job))).toMatchObject({ replayedAtMs: SENT_AGAIN });
    await log.recordState(nextJob(await rowOf(job)), { status: 'cancelled', reason: 'by_request' }, T);
    expect(await rowOf(job)).toMatchObject({ replayedAtMs: SENT_AGAIN });
    expect(replayJob(await rowOf(job), SENT_AGAIN + 5)).toMatchObject({ replayedAtMs: SENT_AGAIN + 5 });
  });
});
