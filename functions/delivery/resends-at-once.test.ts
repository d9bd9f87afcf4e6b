import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import { type Connected, failedAttempt } from '../management/testing/history.fixture.ts';
import { variable } from '../shared/environment.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { DeliveryState } from '../stores/deliveries/delivery-row.ts';
import { TransformsUnderTest } from './transforms.fixture.ts';

let api: ApiUnderTest;
let receiver: Receiver;
/** Two function instances, which do not know of each other. */
let instances: readonly [TransformsUnderTest, TransformsUnderTest];
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
  instances = [new TransformsUnderTest(api), new TransformsUnderTest(api)];
});

afterEach(() => void vi.restoreAllMocks());

const ASKED = 6;

/** A delivery whose only attempt has failed. */
async function dead(settings: object = {}) {
  const [one] = instances;
  receiver.behave = answer(500, 'no');
  const ends = await one.connected({ url: receiver.url, retry_max_attempts: 0, ...settings });
  const event = await one.send(ends, '{}');
  for (let looks = 0; looks < 20 && (await one.delivery(event, ends)).status !== 'dead'; looks++) await later(one);
  expect(await one.delivery(event, ends)).toMatchObject({ status: 'dead', attempt_count: 1 });
  receiver.received.length = 0;
  receiver.behave = answer(200, 'ok');
  return { event, ends };
}

async function later(instance: TransformsUnderTest): Promise<void> {
  await api.services.clock.advance(1_000);
  await instance.deliver();
}

/** A delivery that waits for its retry, or is held. */
async function waiting(state: DeliveryState) {
  const [one] = instances;
  const ends = await one.connected({ url: receiver.url });
  const event = await one.history.store(ends.source, '{}', [], Date.now() + 1);
  await one.history.record(event, ends, [failedAttempt(1)], state);
  receiver.behave = answer(200, 'ok');
  return { event, ends };
}

/** Has both instances take what comes, until the answers are there. */
async function whileTaking<T>(requests: Promise<T>): Promise<T> {
  let isOver = false;
  const take = async (instance: TransformsUnderTest) => {
    while (!isOver) {
      await instance.deliver();
      await new Promise((resolve) => setTimeout(resolve, 20));
      // An instance that finds no message waits for the clock.
      await api.services.clock.advance(500);
    }
  };
  const taking = instances.map(take);
  const answers = await requests;
  isOver = true;
  await Promise.all(taking);
  await later(instances[0]);
  return answers;
}

/** Has this many requests read the row before any of them goes on. */
function readAtOnce(count: number): void {
  const all = Promise.withResolvers<void>();
  const { getMany } = DeliveryReader.prototype;
  let left = count;
  vi.spyOn(DeliveryReader.prototype, 'getMany').mockImplementation(async function (this: DeliveryReader, addresses) {
    const rows = await getMany.call(this, addresses);
    if (addresses.length > 0 && left > 0) {
      if (--left === 0) all.resolve();
      await all.promise;
    }
    return rows;
  });
}

/** Makes this many requests at the same moment. @returns the answers */
function askAtOnce(path: string, body?: object) {
  readAtOnce(ASKED);
  const requests = Array.from({ length: ASKED }, () => api.call('POST', path, body ? { body } : {}));
  return whileTaking(Promise.all(requests));
}

interface Asked {
  readonly event: string;
  readonly ends: Connected;
  readonly id: string;
}

const ways: [string, (asked: Asked) => [path: string, body?: object]][] = [
  ['replays of a dead letter', ({ id }) => [`/v1/dead-letters/${id}/replay`]],
  ['retries of a delivery', ({ id }) => [`/v1/deliveries/${id}/retry`]],
  [
    'replays of an event to one destination',
    ({ event, ends }) => [`/v1/events/${event}/replay`, { destination_id: ends.destination }],
  ],
];
const statusesOf = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort();
const ONE_WON = [200, ...Array.from({ length: ASKED - 1 }, () => 409)];

describe.each(ways)('several %s at the same moment', (_, pathOf) => {
  it.each([
    ['to a destination', {}],
    ['to one with an order', { ordering: 'fifo' }],
  ])('one of the requests %s wins, and the others are refused', async (_, settings) => {
    const { event, ends } = await dead(settings);
    const { id } = await instances[0].delivery(event, ends);
    const answers = await askAtOnce(...pathOf({ event, ends, id }));
    await later(instances[0]);
    expect(statusesOf(answers)).toEqual(ONE_WON);
    expect(receiver.received).toHaveLength(1);
    expect(await instances[0].delivery(event, ends)).toMatchObject({ status: 'succeeded', attempt_count: 2 });
  });
});

describe('several retries at the same moment', () => {
  it.each<DeliveryState>([
    { status: 'retrying', nextAttemptAtMs: Date.UTC(2999, 0, 1) },
    { status: 'held', heldAtMs: Date.now() },
  ])('one retry of a delivery that is $status wins, and the others are refused', async (state) => {
    const { event, ends } = await waiting(state);
    const { id } = await instances[0].delivery(event, ends);
    const answers = await askAtOnce(`/v1/deliveries/${id}/retry`);
    expect(statusesOf(answers)).toEqual(ONE_WON);
    expect(receiver.received).toHaveLength(1);
    expect(await instances[0].delivery(event, ends)).toMatchObject({ status: 'succeeded', attempt_count: 2 });
  });
});

describe('a delivery that is held', () => {
  it('a held delivery is not sent again during an attempt that was asked for by hand, and can be once it is held again', async () => {
    const [one, other] = instances;
    const { event, ends } = await waiting({ status: 'held', heldAtMs: Date.now() });
    const { id } = await one.delivery(event, ends);
    const gate = Promise.withResolvers<void>();
    receiver.behave = async (...args) => {
      await gate.promise;
      return answer(200, 'ok')(...args);
    };
    const retry = async () => (await api.call('POST', `/v1/deliveries/${id}/retry`)).status;
    await api.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { enabled: false } });
    expect(await retry()).toBe(200);
    expect(await retry()).toBe(409);
    await later(one);
    expect(await one.delivery(event, ends)).toMatchObject({ status: 'held' });
    await api.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { enabled: true } });
    expect(await retry()).toBe(200);
    const underWay = later(one);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    expect(await retry()).toBe(409);
    await later(other);
    gate.resolve();
    await underWay;
    expect(receiver.received).toHaveLength(1);
  });
});

it.each([
  [59, 409],
  [61, 200],
])(
  'another retry of a held delivery whose retry was asked for %i minutes ago is answered %i',
  async (minutes, status) => {
    const now = Date.now();
    const { event, ends } = await waiting({
      status: 'held',
      heldAtMs: now,
      resendRequestedAtMs: now - minutes * 60_000,
    });
    const { id } = await instances[0].delivery(event, ends);
    expect(await api.call('POST', `/v1/deliveries/${id}/retry`)).toMatchObject({ status });
    await later(instances[0]);
    expect(receiver.received).toHaveLength(status === 200 ? 1 : 0);
  },
);

describe('a destination that is enabled', () => {
  it('what was held is sent once, though the receiver takes longer to answer than the release takes until its next pass', async () => {
    const [one, other] = instances;
    const { ends } = await waiting({ status: 'held', heldAtMs: Date.now() - 30_000 });
    const gate = Promise.withResolvers<void>();
    receiver.behave = async (...args) => {
      await gate.promise;
      return answer(200, 'ok')(...args);
    };
    for (const enabled of [false, true]) {
      await api.ok('PATCH', `/v1/destinations/${ends.destination}`, { body: { enabled } });
    }
    const under: Promise<void>[] = [];
    for (let second = 0; second < 20; second++) {
      under.push(later(receiver.received.length === 0 ? one : other));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    gate.resolve();
    await Promise.all(under);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('several replays of an event to all its destinations at the same moment', () => {
  it('each delivery is listed by the replay that sends it, and is sent once', async () => {
    const { event, ends } = await dead();
    const fields = { url: receiver.url, retry_max_attempts: 0 };
    await api.ok('POST', `/v1/sources/${ends.source}/destinations`, { body: fields });
    const answers = await askAtOnce(`/v1/events/${event}/replay`, {});
    expect(statusesOf(answers)).toEqual(Array.from({ length: ASKED }, () => 200));
    const ids = answers.flatMap(({ body }) => body.deliveries.map(({ id }: { id: string }) => id));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    expect(receiver.received).toHaveLength(2);
  });
});

describe('a replay and a discard of a dead letter at the same moment', () => {
  it('a replay and a discard do not both succeed, and what is discarded is not sent', async () => {
    const { event, ends } = await dead();
    const { id } = await instances[0].delivery(event, ends);
    readAtOnce(2);
    const requests = [
      api.call('POST', `/v1/dead-letters/${id}/replay`),
      api.call('DELETE', `/v1/dead-letters/${id}`),
    ] as const;
    const [replay, discard] = await whileTaking(Promise.all(requests));
    expect([replay.status, discard.status].sort()).toEqual([200, 409]);
    expect(receiver.received).toHaveLength(replay.status === 200 ? 1 : 0);
  });
});
