import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Circuit, DEFAULT_CIRCUIT_BREAKER, NEW_CIRCUIT } from '../../core/circuit/circuit.ts';
import { type DeliveryJob, firstJob } from '../../core/deliveries/delivery.ts';
import { type DeliveryId, newEventId, newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { decodeMessage, isDelivery, isLine, type QueueMessage } from '../messages/delivery.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import type { Releases, ReleasesOptions } from './releases.ts';
import { workerParts } from './worker.fixture.ts';

const organizationId = newId('org');
const sourceId = newId('src');
const connectionId = newId('con');
const destinationId = newId('dst');

let services: TestServices;
let parts: ReturnType<typeof workerParts>;
beforeEach(async () => {
  services = await startServices();
  parts = workerParts(services, async () => {});
});
afterEach(() => services.close());

/** How many messages were received that start a run along the destination's line. */
let lineCalls: number;

const nowMs = () => services.clock.nowMs();
const message = (over: Partial<ReleaseMessage> = {}): ReleaseMessage => ({ destinationId, atMs: nowMs(), ...over });

function releases(
  destination: Partial<Awaited<ReturnType<ReleasesOptions['destination']>>> = {},
): Pick<Releases, 'release'> {
  const taking = { enabled: true, archivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
  return workerParts(services, async () => {}, { destination: async () => ({ ...taking, ...destination }) }).releases;
}

/** @param attempts how many each has made; none if it is left out */
async function hold(count: number, attempts: readonly number[] = [], heldAtMs = nowMs()): Promise<DeliveryJob[]> {
  const jobs = Array.from({ length: count }, (_, index) => {
    const id = newEventId(sourceId, nowMs() + index);
    const first = firstJob({ id, organizationId, sourceId }, { id: connectionId, destinationId });
    return { ...first, attempt: (attempts[index] ?? 0) + 1 };
  });
  await Promise.all(jobs.map((job) => parts.log.hold(job, undefined, heldAtMs)));
  return jobs;
}

const circuits = () => new CircuitStore({ dynamodb: services.clients.dynamodb, table: resourceNames.deliveries });
const circuit = () => circuits().get(destinationId);

async function set(circuit: Circuit): Promise<void> {
  await circuits().change(destinationId, {
    known: NEW_CIRCUIT,
    change: () => circuit,
    beforeCommit: async () => {},
    nowMs: nowMs(),
  });
}

/** What comes out of the queue after this many seconds; nothing must come before. */
async function comes(afterSeconds: number): Promise<{ jobs: string[]; releases: QueueMessage[] }> {
  if (afterSeconds > 0) {
    await services.clock.advance(afterSeconds * 1000 - 1);
    expect(await receive()).toEqual([]);
    await services.clock.advance(1);
  }
  const messages = await receive();
  return {
    jobs: messages.flatMap((one) => (isDelivery(one) ? [one.job.deliveryId] : [])),
    releases: messages.filter((one) => !isDelivery(one)),
  };
}

async function receive(): Promise<QueueMessage[]> {
  const { simulators, deliveryQueue } = services;
  const received = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 1_000, waitTimeMs: 0 });
  await simulators.sqs.deleteMessages(
    deliveryQueue.queueArn,
    received.map(({ receiptHandle }) => receiptHandle),
  );
  const messages = received.map(({ body }) => decodeMessage(body));
  lineCalls += messages.filter(isLine).length;
  return messages.filter((one) => !isLine(one));
}

const lineCallsOf = async (release: Promise<void>) => {
  lineCalls = 0;
  await release;
  await receive();
  return lineCalls;
};

const nothing = { jobs: [], releases: [] };
const open: Circuit = { state: 'open', epoch: 3, failures: 5, openedAtMs: 0, cooldownSeconds: 60, probeAtMs: 0 };
const closed: Circuit = { state: 'closed', epoch: 3, failures: 0 };

describe('a release', () => {
  it('each pass of a release wakes the line once, because a run with an outdated view drops the messages that wake it', async () => {
    const [first] = await hold(130);
    expect(await lineCallsOf(parts.releases.release(message()))).toBe(1);
    expect(await lineCallsOf(parts.releases.release(message({ after: first?.deliveryId as DeliveryId })))).toBe(0);
    expect(await lineCallsOf(parts.releases.release(message({ pass: 1 })))).toBe(1);
    expect(await lineCallsOf(parts.releases.release(message({ pass: 2 })))).toBe(1);
  });

  it('a release of a probe that is due wakes the line, where the probe may wait', async () => {
    await set(open);
    expect(await lineCallsOf(parts.releases.release(message({ epoch: 3 })))).toBe(1);
  });

  it('a release sends what is held in pages of a hundred a second, and makes later passes after 10 s and 2 min', async () => {
    const ids = (await hold(130)).map(({ deliveryId }) => deliveryId);
    /** Two pages. @returns what comes after the second one, and when it does */
    const pass = async (first: ReleaseMessage, secondsToNext: number) => {
      await parts.releases.release(first);
      expect((await comes(0)).jobs.toSorted()).toEqual(ids.slice(0, 100));
      const [second] = (await comes(1)).releases;
      expect(second).toEqual({ ...first, epoch: 0, after: ids[99] });
      await parts.releases.release(second as ReleaseMessage);
      expect((await comes(0)).jobs.toSorted()).toEqual(ids.slice(100));
      const next = await comes(secondsToNext);
      expect(next.jobs).toEqual([]);
      return next.releases;
    };
    const begun = message();
    const [second] = await pass(begun, 10);
    expect(second).toEqual({ ...begun, epoch: 0, pass: 1 });
    ids.push(...(await hold(1)).map(({ deliveryId }) => deliveryId));
    const [last] = await pass(second as ReleaseMessage, 120);
    expect(last).toEqual({ ...begun, epoch: 0, pass: 2 });
    expect(await pass(last as ReleaseMessage, 1_000)).toEqual([]);
  });

  it.each([
    { pass: 1, seconds: 5 },
    { pass: 2, seconds: 60 },
  ])(
    'pass $pass sends only what was held since the release began, or at most $seconds s before',
    async ({ pass: number, seconds }) => {
      await hold(1, [], nowMs() - (seconds + 1) * 1_000);
      const [recent] = await hold(1, [], nowMs() - (seconds - 1) * 1_000);
      await parts.releases.release(message({ pass: number }));
      expect((await comes(0)).jobs).toEqual([recent?.deliveryId]);
    },
  );

  it('a probe is one of the newest if of the oldest only the last probe has not failed', async () => {
    const held = await hold(25, [0, ...Array.from({ length: 14 }, () => 5)]);
    await set({ ...open, ...(held[0] && { probedWith: held[0].deliveryId }) });
    await parts.releases.release(message({ epoch: 3 }));
    expect((await comes(0)).jobs).toEqual([held[15]?.deliveryId]);
  });

  it('the first pass sends what was held, however long ago', async () => {
    const [old] = await hold(1, [], nowMs() - 3_600_000);
    await parts.releases.release(message());
    expect((await comes(0)).jobs).toEqual([old?.deliveryId]);
  });

  it('a release of a disabled destination sends nothing', async () => {
    await hold(1);
    await releases({ enabled: false }).release(message());
    expect(await comes(1_000)).toEqual(nothing);
  });

  it('a release of a destination whose breaker is switched off ignores its circuit', async () => {
    await set({ ...open, probeAtMs: nowMs() + 60_000 });
    const [job] = await hold(1);
    await releases({ circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false } }).release(message());
    expect((await comes(0)).jobs).toEqual([job?.deliveryId]);
  });

  it.each([{}, { enabled: false }])(
    'a release closes the circuit of a breaker that is switched off, which an outdated instance has opened: %o',
    async (state) => {
      await set({ ...open, probeAtMs: nowMs() + 60_000 });
      const [job] = await hold(1);
      const off = { circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false } };
      await releases({ ...off, ...state }).release(message({ epoch: 3 }));
      expect((await comes(0)).jobs).toEqual('enabled' in state ? [] : [job?.deliveryId]);
      expect(await circuit()).toEqual({ state: 'closed', epoch: 4, failures: 0 });
    },
  );

  it('a release of a past state does nothing, because the present state has a message of its own', async () => {
    await hold(1);
    await set(closed);
    await parts.releases.release(message({ epoch: 2 }));
    expect(await comes(1_000)).toEqual(nothing);
  });

  it('a release that comes before its state is written waits for it, for two minutes', async () => {
    await hold(1);
    await set(open);
    const early = message({ epoch: 4 });
    await parts.releases.release(early);
    expect(await comes(2)).toEqual({ jobs: [], releases: [early] });
    await services.clock.advance(119_000);
    await parts.releases.release(early);
    expect(await comes(1_000)).toEqual(nothing);
  });

  it('a release of an open circuit waits until its probe is due', async () => {
    await hold(1);
    await set({ ...open, probeAtMs: nowMs() + 7_000 });
    await parts.releases.release(message({ epoch: 3 }));
    expect((await comes(7)).releases).toMatchObject([{ epoch: 3 }]);
  });

  const archived = { archivedAt: '2026-11-22T00:00:00.000Z' };

  it.each([
    ['disabled', { enabled: false }],
    ['archived', archived],
  ])(
    'a release of an open circuit is kept while its destination is %s, because nobody else would send the probe',
    async (_, state) => {
      await set({ ...open, probeAtMs: nowMs() + 7_000 });
      await releases(state).release(message({ epoch: 3 }));
      expect((await comes(7)).releases).toMatchObject([{ epoch: 3 }]);
    },
  );

  it('a release of a state that is not written yet waits for it while its destination is disabled', async () => {
    await set(open);
    const early = message({ epoch: 4 });
    await releases({ enabled: false }).release(early);
    expect(await comes(2)).toEqual({ jobs: [], releases: [early] });
  });

  it('a release whose probe is due ends if its destination is disabled, because enabling sends its own', async () => {
    await hold(1);
    await set(open);
    await releases({ enabled: false }).release(message({ epoch: 3 }));
    expect(await comes(1_000)).toEqual(nothing);
  });

  it('a release without an epoch leaves an open circuit to the promised message', async () => {
    await hold(1);
    await set({ ...open, probeAtMs: nowMs() + 7_000 });
    await parts.releases.release(message());
    expect(await comes(1_000)).toEqual(nothing);
  });

  describe('a circuit whose probe is due', () => {
    /**
     * Holds deliveries with these numbers of attempts, the oldest first. @returns the index of the one that is sent as the
     * probe
     */
    async function probeAmong(attempts: readonly number[], probedWith?: number): Promise<number> {
      const jobs = await hold(attempts.length, attempts);
      const last = jobs[probedWith ?? -1]?.deliveryId;
      await set({ ...open, ...(last !== undefined && { probedWith: last }) });
      await parts.releases.release(message({ epoch: 3 }));
      const sent = (await comes(0)).jobs;
      expect(sent).toHaveLength(1);
      return jobs.findIndex(({ deliveryId }) => deliveryId === sent[0]);
    }

    it('the probe is the oldest of the deliveries that have failed least', async () => {
      expect(await probeAmong([3, 1, 0, 0, 2])).toBe(2);
    });

    it('the probe is not the last one again, even if the other delivery has more attempts', async () => {
      expect(await probeAmong([1, 7], 0)).toBe(1);
    });

    it('the probe is the last one again if nothing else is held', async () => {
      expect(await probeAmong([4], 0)).toBe(0);
    });
  });

  it('a release sends the oldest as the probe, and comes again in case that makes no attempt', async () => {
    const [oldest] = await hold(3);
    await set(open);
    await parts.releases.release(message({ epoch: 3 }));
    expect(await comes(0)).toEqual({ jobs: [oldest?.deliveryId], releases: [] });
    expect((await comes(120)).releases).toMatchObject([{ epoch: 3 }]);
  });

  it('a release without anything to probe with comes again once, for what was being held when the probe fell due', async () => {
    await set({ ...open, probeAtMs: nowMs() });
    const due = message({ epoch: 3 });
    await parts.releases.release(due);
    expect(await comes(120)).toEqual({ jobs: [], releases: [due] });
    await parts.releases.release(due);
    expect(await comes(1_000)).toEqual(nothing);
  });
});

it('a release that fails waits for what it has begun before its message comes back', async () => {
  const underWay = Promise.withResolvers<Circuit>();
  const { releases } = workerParts(services, async () => {}, {
    destination: () => Promise.reject(new Error('throttled')),
    circuits: Object.assign(circuits(), { get: () => underWay.promise }),
  });
  let failed = false;
  const released = releases.release(message()).catch(() => {
    failed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBe(false);
  underWay.resolve(NEW_CIRCUIT);
  await released;
  expect(failed).toBe(true);
});
