import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import type { DeliveryWorker } from '../delivery/delivery-worker.ts';
import { newDeliveryWorker } from '../delivery/new-delivery-worker.ts';
import { handOver } from '../delivery/queue.fixture.ts';
import { plainDestination, workerParts } from '../delivery/worker.fixture.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import type { Connected } from '../management/testing/history.fixture.ts';
import { ReplaysUnderTest } from './replays.fixture.ts';

let api: ApiUnderTest;
let replays: ReplaysUnderTest;
let ends: Connected;
/** The deliveries whose requests the receiver has got. */
let received: string[];
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
beforeEach(async () => {
  replays = await ReplaysUnderTest.start(api);
  ends = await replays.connected();
  received = [];
});
afterAll(() => api.close());

const DEAD = 30;
const NOTHING_SKIPPED = { destination_deleted: 0, destination_archived: 0, event_expired: 0, attempted_since: 0 };

/** An instance whose receiver takes everything. */
function instance(): DeliveryWorker {
  const taking = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
  const announce = async () => {};
  return newDeliveryWorker({
    ...workerParts(api.services, announce, { destination: async () => taking }),
    announce,
    destination: async () => ({
      ...taking,
      ...plainDestination,
      pace: NO_PACE,
      retryPolicy: { maxRetries: 0, backoff: 'fixed', intervalsSeconds: [30], retryOn: null },
      attempt: async ({ job }) => {
        received.push(job.deliveryId);
        const response = { statusCode: 200, headers: [], body: Buffer.alloc(0), bodyTruncated: false };
        return { requestHeaders: [], response, verdict: { kind: 'delivered' } };
      },
    }),
  });
}

/** Runs all replays by two functions at a time, while two others deliver. */
async function runAtOnce(): Promise<void> {
  let isOver = false;
  const untilOver = async (what: () => Promise<unknown>) => {
    while (!isOver) {
      await what();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const workers = [instance(), instance()];
  const running = [
    ...[replays.runner(), replays.runner()].map((runner) => untilOver(() => replays.step(runner))),
    ...workers.map((worker) => untilOver(() => handOver(api.services, worker))),
  ];
  // Long polls wait for the clock, which is moved here.
  while (replays.depth('replayQueue') > 0 || replays.depth('deliveryQueue') > 0) {
    await api.services.clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  isOver = true;
  await Promise.all(running);
}

interface Counts {
  readonly total: number;
  readonly replayed: number;
  readonly skipped: Readonly<Record<string, number>>;
}
const skippedOf = ({ skipped }: Counts) => Object.values(skipped).reduce((sum, count) => sum + count, 0);

describe('two replays of the same dead letters at the same moment', () => {
  it('two simultaneous replays send each dead letter once, and their counts add up', async () => {
    const ids = await replays.deadOnes(ends, DEAD);
    const begun = [
      await replays.begin({}, '/v1/dead-letters/replay'),
      await replays.begin({}, '/v1/dead-letters/replay'),
    ];
    await runAtOnce();
    expect(received.toSorted()).toEqual(ids.toSorted());
    const [one, other] = await Promise.all(begun.map(({ id }) => replays.shown(id)));
    for (const replay of [one, other]) {
      expect(replay).toMatchObject({ status: 'completed', total: DEAD });
      expect(replay.replayed + skippedOf(replay)).toBe(DEAD);
    }
    expect(one.replayed + other.replayed).toBe(DEAD);
    expect(replays.depth('deadLetterQueue')).toBe(0);
  });
});

describe('a dead letter that somebody else has sent before the replay reaches it', () => {
  it('a dead letter that was sent meanwhile counts as attempted since, so that replayed and skipped add up to the total', async () => {
    const [sent, discarded] = await replays.deadOnes(ends, 5);
    const { id } = await replays.begin({ destination_id: ends.destination });
    await replays.ok('POST', `/v1/dead-letters/${sent}/replay`);
    await replays.ok('DELETE', `/v1/dead-letters/${discarded}`);
    await runAtOnce();
    const shown = { status: 'completed', total: 5, replayed: 3, skipped: { ...NOTHING_SKIPPED, attempted_since: 2 } };
    expect(await replays.shown(id)).toMatchObject(shown);
    expect(replays.announced).toMatchObject([{ detail: { replayed: 3, skipped: shown.skipped } }]);
    expect(received).toHaveLength(4);
  });

  it('dead letters that another replay has sent all count as attempted since', async () => {
    await replays.deadOnes(ends, 5);
    const first = await replays.begin({}, '/v1/dead-letters/replay');
    const second = await replays.begin({}, '/v1/dead-letters/replay');
    await runAtOnce();
    const [one, other] = await Promise.all([first, second].map(({ id }) => replays.shown(id)));
    expect(one.replayed + other.replayed).toBe(5);
    expect(one.replayed + one.skipped.attempted_since).toBe(5);
    expect(other.replayed + other.skipped.attempted_since).toBe(5);
  });

  it('dead letters sent meanwhile are counted apart from those skipped for another reason', async () => {
    const archived = await replays.connected();
    await replays.deadOnes(archived, 2);
    const [sent] = await replays.deadOnes(ends, 3);
    const { id } = await replays.begin();
    await replays.ok('POST', `/v1/destinations/${archived.destination}/archive`);
    await replays.ok('POST', `/v1/dead-letters/${sent}/replay`);
    await runAtOnce();
    const skipped = { ...NOTHING_SKIPPED, destination_archived: 2, attempted_since: 1 };
    expect(await replays.shown(id)).toMatchObject({ total: 5, replayed: 2, skipped });
  });

  it('dead letters sent meanwhile are not counted if the total is unknown', async () => {
    const [sent] = await replays.deadOnes(ends, 2);
    const { id } = await replays.begin({ destination_id: ends.destination, status: ['dead', 'succeeded'] });
    await replays.ok('POST', `/v1/dead-letters/${sent}/replay`);
    await runAtOnce();
    expect(await replays.shown(id)).toMatchObject({ total: null, replayed: 1, skipped: NOTHING_SKIPPED });
  });

  it('dead letters that a cancelled replay has not reached do not count as attempted since', async () => {
    await replays.deadOnes(ends, 15);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    await replays.step();
    await replays.ok('POST', `/v1/replays/${id}/cancel`);
    await runAtOnce();
    const shown = { status: 'cancelled', position: null, total: 15, replayed: 10, skipped: NOTHING_SKIPPED };
    expect(await replays.shown(id)).toMatchObject(shown);
  });
});
