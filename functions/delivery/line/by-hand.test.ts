import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idSchema } from '../../../core/id-schema.ts';
import type { EventId } from '../../../core/ids.ts';
import { answer, Receiver } from '../../../test/support/receiver.ts';
import { ApiUnderTest } from '../../management/testing/api.fixture.ts';
import type { Connected } from '../../management/testing/history.fixture.ts';
import { variable } from '../../shared/environment.ts';
import { TransformsUnderTest } from '../transforms.fixture.ts';
import { workerParts } from '../worker.fixture.ts';

let api: ApiUnderTest;
let receiver: Receiver;
let deliveries: TransformsUnderTest;
let ends: Connected;
let first: EventId;

beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
  receiver = await Receiver.start();
  deliveries = new TransformsUnderTest(api);
});
afterAll(async () => {
  await receiver.stop();
  await api.close();
});
beforeEach(async () => {
  const { clock } = api.services;
  // The API takes the time from the system's clock.
  await clock.advance(Math.max(0, Date.now() - clock.nowMs()));
  receiver.received.length = 0;
  receiver.behave = answer(500);
  const settings = {
    url: receiver.url,
    ordering: 'fifo',
    retry_intervals: [86_400],
    circuit_breaker: { enabled: false },
  };
  ends = await deliveries.connected(settings);
  first = await deliveries.send(ends, 'first');
  await deliveries.send(ends, 'second');
  receiver.behave = answer(200);
});

const received = () => receiver.received.map(({ body }) => body.toString());
const firstDelivery = async () => `/v1/deliveries/${(await deliveries.delivery(first, ends)).id}`;

/** Lets time pass, and handles the messages that come meanwhile. */
async function pass(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    await api.services.clock.advance(1_000);
    await deliveries.deliver();
  }
}

describe('an ordered destination whose first delivery waits for its retry', () => {
  it('a retry by hand is sent, and then what is behind it', async () => {
    expect(received()).toEqual(['first']);
    await deliveries.ok('POST', `${await firstDelivery()}/retry`);
    await pass(5);
    expect(received()).toEqual(['first', 'first', 'second']);
  });

  it('a retry by hand after unarchiving is sent, and what was behind it is cancelled', async () => {
    const destination = `/v1/destinations/${ends.destination}`;
    await deliveries.ok('POST', `${destination}/archive`);
    await deliveries.ok('POST', `${destination}/unarchive`);
    const path = await firstDelivery();
    await deliveries.ok('POST', `${path}/retry`);
    await deliveries.send(ends, 'third');
    await pass(5);
    expect(received().toSorted()).toEqual(['first', 'first', 'third']);
    expect(await deliveries.ok('GET', path)).toMatchObject({ status: 'succeeded', attempt_count: 2 });
  });

  it('a cancel lets those behind go', async () => {
    await deliveries.ok('POST', `${await firstDelivery()}/cancel`);
    await pass(5);
    expect(received()).toEqual(['first', 'second']);
  });

  it('a cancel while the line is being worked off lets those behind go', async () => {
    const { services } = api;
    const { lines, now } = workerParts(services, async () => {});
    expect(await lines.take(idSchema('dst').parse(ends.destination), now())).toBeDefined();
    await deliveries.ok('POST', `${await firstDelivery()}/cancel`);
    await pass(5);
    expect(received()).toEqual(['first']);
    await pass(120);
    expect(received()).toEqual(['first', 'second']);
  });

  it('a cancel right after a retry by hand lets those behind go', async () => {
    const path = await firstDelivery();
    await deliveries.ok('POST', `${path}/retry`);
    await deliveries.ok('POST', `${path}/cancel`);
    await pass(5);
    expect(received()).toEqual(['first', 'second']);
  });

  it('giving up the order lets those behind go', async () => {
    await deliveries.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { ordering: 'none' } });
    await pass(10);
    expect(received()).toEqual(['first', 'second']);
  });
});
