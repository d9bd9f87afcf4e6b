import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import { type Connected, failedAttempt } from '../management/testing/history.fixture.ts';
import { variable } from '../shared/environment.ts';
import type { DeliveryState } from '../stores/deliveries/delivery-row.ts';
import { TransformsUnderTest } from './transforms.fixture.ts';
import { workerParts } from './worker.fixture.ts';

let api: ApiUnderTest;
let receiver: Receiver;
let tests: TransformsUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
  receiver = await Receiver.start();
});
afterAll(async () => {
  await receiver.stop();
  await api.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  tests = new TransformsUnderTest(api);
});

/** A delivery whose only attempt has failed. */
async function dead(ends: Connected) {
  receiver.behave = answer(500, 'no');
  const event = await tests.send(ends, '{}');
  const { id, status } = await tests.delivery(event, ends);
  expect(status).toBe('dead');
  return { id, shown: () => tests.delivery(event, ends) };
}

const replay = (id: string) => tests.ok('POST', `/v1/dead-letters/${id}/replay`);

describe('the retries of a replay after its destination was unarchived', () => {
  it('a replay and its retries are made after unarchiving, when they are due or asked for by hand', async () => {
    const ends = await tests.connected({ url: receiver.url, retry_max_attempts: 0 });
    const { id, shown } = await dead(ends);
    const destination = `/v1/destinations/${ends.destination}`;
    await tests.ok('POST', `${destination}/archive`);
    await tests.ok('POST', `${destination}/unarchive`);
    await tests.ok('PATCH', destination, { body: { retry_max_attempts: 3 } });
    await replay(id);
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'retrying', attempt_count: 2 });
    receiver.behave = answer(200, 'ok');
    await tests.ok('POST', `/v1/deliveries/${id}/retry`);
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'succeeded', reason: null, attempt_count: 3 });
  });
});

describe('a retry by hand after its destination was unarchived', () => {
  /** A delivery whose destination is archived and unarchived before its next attempt is due. */
  async function waiting(state: DeliveryState, settings: object = {}) {
    const ends = await tests.connected({ url: receiver.url, ...settings });
    const event = await tests.history.store(ends.source, '{}', [], Date.now() + 1);
    const id = await tests.history.record(event, ends, [failedAttempt(1)], state);
    await tests.ok('POST', `/v1/destinations/${ends.destination}/archive`);
    await tests.ok('POST', `/v1/destinations/${ends.destination}/unarchive`);
    return { id, job: tests.history.jobFor(event, ends, 2), shown: () => tests.delivery(event, ends) };
  }
  const retrying = { status: 'retrying', nextAttemptAtMs: Date.UTC(2999, 0, 1) } as const;
  const held = { status: 'held', heldAtMs: Date.now() } as const;

  it.each([
    ['retrying', 'pending', retrying],
    ['held', 'held', held],
  ] as const)('a retry by hand of what was %s is made, with all its retries', async (_, answered, state) => {
    const { id, shown } = await waiting(state, { retry_max_attempts: 1 });
    receiver.behave = answer(500, 'no');
    expect(await tests.ok('POST', `/v1/deliveries/${id}/retry`)).toMatchObject({ status: answered });
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'retrying', attempt_count: 2 });
    receiver.behave = answer(200, 'ok');
    await tests.ok('POST', `/v1/deliveries/${id}/retry`);
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'succeeded', reason: null, attempt_count: 3 });
  });

  it('a retry by hand is not undone by the attempt that was due before, whichever comes first', async () => {
    receiver.behave = answer(200, 'ok');
    const { queue } = workerParts(api.services, async () => {});
    for (const isRetryFirst of [true, false]) {
      receiver.received.length = 0;
      const { id, job, shown } = await waiting(retrying);
      if (!isRetryFirst) await queue.send({ job });
      await tests.ok('POST', `/v1/deliveries/${id}/retry`);
      if (isRetryFirst) await queue.send({ job });
      await tests.deliver();
      expect(await shown()).toMatchObject({ status: 'succeeded', reason: null, attempt_count: 2 });
      expect(receiver.received).toHaveLength(1);
    }
  });
});

describe('a replay that is cancelled before it comes', () => {
  it('a replay that is cancelled before it comes is not sent, and the delivery can be replayed once more', async () => {
    const ends = await tests.connected({ url: receiver.url, retry_max_attempts: 0 });
    const { id, shown } = await dead(ends);
    receiver.behave = answer(200, 'ok');
    await replay(id);
    expect(await tests.ok('POST', `/v1/deliveries/${id}/cancel`)).toMatchObject({ status: 'cancelled' });
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'cancelled', reason: 'by_request', attempt_count: 1 });
    expect(receiver.received).toHaveLength(1);
    await tests.ok('POST', `/v1/deliveries/${id}/retry`);
    await tests.deliver();
    expect(await shown()).toMatchObject({ status: 'succeeded', attempt_count: 2 });
    expect(receiver.received).toHaveLength(2);
  });
});
