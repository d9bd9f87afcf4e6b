import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { decodeDelivery } from '../../messages/delivery.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type Connected, failedAttempt, HistoryUnderTest, okAttempt } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
let ends: Connected;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
  await api.ok('POST', '/v1/organizations', { body: { name: 'team-other' } });
});
beforeEach(async () => {
  ends = await history.connected(api);
  // Clears what the previous test left in the queue.
  await sentJobs();
});
afterAll(() => api.close());

/** What has been sent to the delivery queue since the last call. */
async function sentJobs() {
  const { clients, deliveryQueue, simulators } = api.services;
  const jobs = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: deliveryQueue.queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return jobs;
    jobs.push(...Messages.map(({ Body = '' }) => decodeDelivery(Body).job));
    await simulators.sqs.deleteMessages(
      deliveryQueue.queueArn,
      Messages.map(({ ReceiptHandle = '' }) => ReceiptHandle),
    );
  }
}

const connectAnother = async (source: string): Promise<Connected> => {
  const body = { url: 'https://example.com/another' };
  const destination = await api.ok('POST', `/v1/sources/${source}/destinations`, { body });
  return { source, destination: destination.id, connection: destination.connection_id };
};
const retrying = { status: 'retrying', nextAttemptAtMs: Date.UTC(2999, 0, 1) } as const;
const statusOf = async (id: string) => (await api.ok('GET', `/v1/deliveries/${id}`)).status;

describe('a delivery that is retried by hand', () => {
  it('a waiting delivery is sent at once, as the attempt that was due', async () => {
    const id = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], retrying);
    expect(await api.ok('POST', `/v1/deliveries/${id}/retry`)).toMatchObject({
      id,
      status: 'pending',
      attempt_count: 1,
      next_attempt_at: null,
    });
    expect(await statusOf(id)).toBe('pending');
    expect(await sentJobs()).toEqual([
      expect.objectContaining({ deliveryId: id, attempt: 2, roundStart: 1, startsReplay: false }),
    ]);
  });

  it.each([
    ['succeeded', [okAttempt(1)], { status: 'succeeded' }],
    ['cancelled', [failedAttempt(1)], { status: 'cancelled', reason: 'by_request' }],
  ] as const)('a delivery that has %s is sent once more with all its retries', async (_, attempts, state) => {
    const id = await history.record(await history.store(ends.source, 'body'), ends, attempts, state);
    await api.ok('POST', `/v1/deliveries/${id}/retry`);
    expect(await statusOf(id)).toBe('pending');
    expect(await sentJobs()).toEqual([
      expect.objectContaining({ deliveryId: id, attempt: 2, roundStart: 2, startsReplay: true }),
    ]);
  });

  it('a dead delivery is no longer a dead letter', async () => {
    const id = await history.dead(ends);
    await api.ok('POST', `/v1/deliveries/${id}/retry`);
    const query = { destination_id: ends.destination };
    expect((await api.ok('GET', '/v1/dead-letters', { query })).dead_letters).toEqual([]);
    expect(await sentJobs()).toHaveLength(1);
  });

  it('a delivery that is on its way is not sent twice', async () => {
    const { deliveryId } = history.jobFor(await history.store(ends.source, 'body'), ends);
    await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${deliveryId}/retry`);
    expect(await sentJobs()).toEqual([]);
  });

  it('a retry requires a destination that exists and is not archived', async () => {
    const id = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], retrying);
    await api.ok('POST', `/v1/destinations/${ends.destination}/archive`);
    const archived = await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${id}/retry`);
    expect(archived.message).toContain(`unarchive ${ends.destination} first`);
    await api.ok('DELETE', `/v1/destinations/${ends.destination}`);
    const deleted = await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${id}/retry`);
    expect(deleted.message).toContain('its destination was deleted');
    expect(await sentJobs()).toEqual([]);
  });
});

describe('a delivery that is cancelled by hand', () => {
  it('a delivery is cancelled by request before its first attempt or while it waits', async () => {
    const { deliveryId: fresh } = history.jobFor(await history.store(ends.source, 'body'), ends);
    const waiting = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], retrying);
    for (const [id, attempt_count] of [
      [fresh, 0],
      [waiting, 1],
    ] as const) {
      const cancelled = { id, status: 'cancelled', reason: 'by_request', attempt_count, next_attempt_at: null };
      expect(await api.ok('POST', `/v1/deliveries/${id}/cancel`)).toMatchObject(cancelled);
      expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject(cancelled);
    }
  });

  it('a repeated cancel returns the cancelled delivery', async () => {
    const id = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], retrying);
    const cancelled = await api.ok('POST', `/v1/deliveries/${id}/cancel`);
    expect(await api.ok('POST', `/v1/deliveries/${id}/cancel`)).toEqual(cancelled);
  });

  it('a discarded dead letter cannot be cancelled', async () => {
    const id = await history.dead(ends);
    await api.ok('DELETE', `/v1/dead-letters/${id}`);
    await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${id}/cancel`);
  });

  it('a delivery that has ended stays as it is', async () => {
    const succeeded = await history.record(await history.store(ends.source, 'body'), ends, [okAttempt(1)], {
      status: 'succeeded',
    });
    const dead = await history.dead(ends);
    for (const [id, status] of [
      [succeeded, 'succeeded'],
      [dead, 'dead'],
    ] as const) {
      const { message } = await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${id}/cancel`);
      expect(message).toContain(status);
      expect(await statusOf(id)).toBe(status);
    }
  });
});

describe('an event that is replayed', () => {
  const replay = (id: string, body: object = {}) => api.ok('POST', `/v1/events/${id}/replay`, { body });

  it('a replay sends the event to every destination where its delivery has ended, and to those connected since', async () => {
    const eventId = await history.store(ends.source, 'body', [], Date.now() - 60_000);
    const waits = await connectAnother(ends.source);
    const later = await connectAnother(ends.source);
    const ended = await history.record(eventId, ends, [okAttempt(1)], { status: 'succeeded' });
    await history.record(eventId, waits, [failedAttempt(1)], retrying);
    const { deliveries } = await replay(eventId);
    const fresh = history.jobFor(eventId, later).deliveryId;
    expect(deliveries.map(({ id, status }: { id: string; status: string }) => [id, status]).sort()).toEqual(
      [
        [ended, 'pending'],
        [fresh, 'pending'],
      ].sort(),
    );
    const jobs = await sentJobs();
    expect(jobs.map(({ deliveryId, attempt, startsReplay }) => [deliveryId, attempt, startsReplay]).sort()).toEqual(
      [
        [ended, 2, true],
        [fresh, 1, true],
      ].sort(),
    );
    expect([await statusOf(ended), await statusOf(fresh)]).toEqual(['pending', 'pending']);
  });

  it('a replay sends the event to the one destination that is named', async () => {
    const eventId = await history.store(ends.source, 'body');
    const another = await connectAnother(ends.source);
    await history.record(eventId, ends, [okAttempt(1)], { status: 'succeeded' });
    await history.record(eventId, another, [okAttempt(1)], { status: 'succeeded' });
    const { deliveries } = await replay(eventId, { destination_id: another.destination });
    expect(deliveries).toEqual([expect.objectContaining({ destination_id: another.destination, status: 'pending' })]);
    expect(await sentJobs()).toHaveLength(1);
  });

  it('a replay removes the dead letters of the event from the list', async () => {
    const eventId = await history.store(ends.source, 'body');
    await history.dead(ends, eventId);
    await replay(eventId);
    const query = { destination_id: ends.destination };
    expect((await api.ok('GET', '/v1/dead-letters', { query })).dead_letters).toEqual([]);
  });

  it('a replay sends nothing to an archived destination', async () => {
    const eventId = await history.store(ends.source, 'body');
    await history.record(eventId, ends, [okAttempt(1)], { status: 'succeeded' });
    await api.ok('POST', `/v1/destinations/${ends.destination}/archive`);
    expect(await replay(eventId)).toEqual({ deliveries: [] });
    const body = { destination_id: ends.destination };
    await api.refused(409, 'CONFLICT', 'POST', `/v1/events/${eventId}/replay`, { body });
    expect(await sentJobs()).toEqual([]);
  });

  it('a replay sends nothing to a destination that is not connected to the source, whether it exists or not', async () => {
    const eventId = await history.store(ends.source, 'body');
    const unconnected = await history.connected(api);
    const body = { url: 'https://example.com/theirs' };
    const theirs = await api.ok('POST', '/v1/destinations', { body, organization: 'team-other' });
    const answers = await Promise.all(
      [unconnected.destination, theirs.id, newId('dst')].map(async (destination_id) => {
        const options = { body: { destination_id } };
        const answer = await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/events/${eventId}/replay`, options);
        return answer.message.replace(destination_id, 'ID');
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(await sentJobs()).toEqual([]);
  });
});

describe('an event without a row', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
  afterEach(() => void vi.useRealTimers());

  it('a delivery without a row counts as on its way for an hour, and is then sent by a retry or a replay', async () => {
    const [retried, replayed] = [await history.store(ends.source, 'body'), await history.store(ends.source, 'body')];
    const retry = `/v1/deliveries/${history.jobFor(retried, ends).deliveryId}/retry`;
    const replay = `/v1/events/${replayed}/replay`;
    vi.setSystemTime(Date.now() + 3_600_000);
    await api.refused(409, 'CONFLICT', 'POST', retry);
    expect((await api.ok('POST', replay, { body: {} })).deliveries).toEqual([]);
    vi.setSystemTime(Date.now() + 10);
    // It may still be waiting in a line.
    expect((await api.ok('GET', `/v1/events/${replayed}`)).deliveries).toMatchObject([{ status: 'pending' }]);
    expect(await api.ok('POST', retry)).toMatchObject({ status: 'pending', attempt_count: 0 });
    expect((await api.ok('POST', replay, { body: {} })).deliveries).toHaveLength(1);
    expect(
      (await sentJobs()).map(({ eventId, attempt, startsReplay }) => ({ eventId, attempt, startsReplay })),
    ).toEqual([
      { eventId: retried, attempt: 1, startsReplay: true },
      { eventId: replayed, attempt: 1, startsReplay: true },
    ]);
  });
});
