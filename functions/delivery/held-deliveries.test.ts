import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asked } from '../../core/asking.ts';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit.ts';
import { type DeliveryJob, firstJob, replayJob } from '../../core/delivery.ts';
import { newEventId } from '../../core/ids.ts';
import { resourceNames } from '../../test/support/services.ts';
import { encodeMessage } from '../shared/delivery-message.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { CircuitUnderTest } from './circuit-under-test.ts';

/** `HAWSER_HELD=100000` is the full run. */
const HELD = Number(process.env.HAWSER_HELD ?? 1_000);

let lab: CircuitUnderTest;
beforeEach(async () => {
  lab = await CircuitUnderTest.start();
});
afterEach(() => lab.close());

describe('a disabled destination', () => {
  const enable = async () => {
    lab.destination = { enabled: true, archivedAt: null, unarchivedAt: null, circuitBreaker: DEFAULT_CIRCUIT_BREAKER };
    await askForRelease();
  };
  const askForRelease = () => lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs });
  const disable = () => {
    if (lab.destination) lab.destination = { ...lab.destination, enabled: false };
  };

  it('holds what comes and what is retried; enabled, it takes all of it', async () => {
    const [retried] = await lab.arrive(1);
    await lab.pumpAll();
    disable();
    const held = await lab.arrive(3);
    await lab.passTime(60);
    for (const job of [retried as DeliveryJob, ...held]) expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(1);
    lab.receiverIsUp = true;
    await lab.passTime(3_600, { stepSeconds: 60 });
    expect(lab.sent).toHaveLength(1);
    await enable();
    await lab.pumpAll();
    expect((await lab.stored(retried as DeliveryJob))?.delivery).toMatchObject({
      status: 'succeeded',
      attemptCount: 2,
    });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it('is one that has answered 410, which is announced once; its deliveries are held', async () => {
    lab.isGone = true;
    const disables = {
      disable: async () => {
        const wasEnabled = lab.destination?.enabled === true;
        disable();
        return wasEnabled;
      },
    };
    const worker = lab.instance(disables);
    const jobs = await lab.arrive(2);
    await lab.pumpAll(worker);
    expect(lab.announced).toEqual([
      {
        type: 'destination.disabled',
        detail: {
          organization_id: lab.organizationId,
          destination_id: lab.destinationId,
          delivery_id: expect.toBeOneOf(jobs.map(({ deliveryId }) => deliveryId)),
          reason: 'answered_410',
        },
      },
    ]);
    jobs.push(...(await lab.arrive(1)));
    await lab.passTime(60, { worker });
    for (const job of jobs) expect(await lab.statusOf(job)).toBe('held');
    expect(lab.sent).toHaveLength(2);
  });

  it('whose circuit was open probes when it is enabled', async () => {
    await lab.openCircuit();
    const held = await lab.arrive(3);
    await lab.pumpAll();
    disable();
    await lab.passTime(1_000, { stepSeconds: 20 });
    expect(lab.sent).toHaveLength(5);
    lab.receiverIsUp = true;
    await enable();
    await lab.passTime(20);
    expect(await lab.circuit()).toMatchObject({ state: 'closed' });
    for (const job of held) expect(await lab.statusOf(job)).toBe('succeeded');
  });

  it.each(['deleted', 'archived'] as const)('that is %s: what it holds is cancelled', async (end) => {
    disable();
    const held = await lab.arrive(120);
    await lab.pumpAll();
    lab.destination =
      end === 'deleted'
        ? undefined
        : {
            enabled: false,
            archivedAt: new Date(lab.nowMs).toISOString(),
            unarchivedAt: null,
            circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
          };
    await askForRelease();
    await lab.passTime(10, { stepSeconds: 1 });
    for (const job of held) {
      expect((await lab.stored(job))?.delivery).toMatchObject({ status: 'cancelled', reason: `destination_${end}` });
    }
    expect(lab.sent).toHaveLength(0);
  });
});

describe('a held delivery', () => {
  const release = async () => {
    lab.receiverIsUp = true;
    await lab.passTime(80);
  };

  it('that was cancelled is not sent', async () => {
    await lab.openCircuit();
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    await lab.parts.log.recordState(job as DeliveryJob, { status: 'cancelled', reason: 'by_request' }, lab.nowMs);
    await release();
    expect(await lab.statusOf(job as DeliveryJob)).toBe('cancelled');
    expect(lab.sent.filter(({ job: { eventId } }) => eventId === job?.eventId)).toEqual([]);
  });

  it('stays held when its replay is recorded only afterwards', async () => {
    lab.receiverIsUp = true;
    const [job] = await lab.arrive(1);
    await lab.pumpAll();
    lab.receiverIsUp = false;
    await lab.openCircuit();
    const { delivery } = (await lab.stored(job as DeliveryJob)) ?? {};
    if (!delivery) throw new Error('no row');
    const replay = asked(replayJob(delivery, lab.nowMs), delivery);
    await lab.one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: replay }), receiveCount: 1 }]);
    expect(await lab.parts.log.recordAsked(replay, delivery, lab.nowMs)).toBe(true);
    expect(await lab.statusOf(replay)).toBe('held');
    await release();
    expect(lab.sent.filter(({ job: { eventId } }) => eventId === job?.eventId).at(-1)?.job).toMatchObject({
      attempt: 2,
      roundStart: 2,
      replayedAtMs: replay.replayedAtMs,
    });
    expect(await lab.statusOf(replay)).toBe('succeeded');
  });

  it('whose event has expired meanwhile is dead, and says so', async () => {
    await lab.openCircuit();
    const event = {
      id: newEventId(lab.sourceId, lab.nowMs),
      organizationId: lab.organizationId,
      sourceId: lab.sourceId,
    };
    const expired = firstJob(event, { connectionId: lab.connectionId, destinationId: lab.destinationId });
    await lab.one.deliverBatch([{ messageId: '1', body: encodeMessage({ job: expired }), receiveCount: 1 }]);
    expect(await lab.statusOf(expired)).toBe('held');
    await release();
    expect((await lab.stored(expired))?.delivery).toMatchObject({ status: 'dead', reason: 'event_expired' });
  });
});

it(
  `${HELD} deliveries that one dead receiver makes wait cost one write each, and all arrive once it is back`,
  async () => {
    await lab.openCircuit();
    const counted = lab.writes();
    const jobs: DeliveryJob[] = [];
    while (jobs.length < HELD) {
      jobs.push(...(await lab.arrive(Math.min(500, HELD - jobs.length))));
      await lab.pumpAll();
    }
    expect(counted).toEqual({ rows: HELD, updates: 0 });
    expect(lab.sent).toHaveLength(5);
    lab.receiverIsUp = true;
    await lab.passTime(60);
    const beforeMs = lab.nowMs;
    await lab.passTime(10 + HELD / 100, { stepSeconds: 1 });
    expect(new Set(lab.sent.map(({ job }) => job.eventId)).size).toBe(HELD + 5);
    expect(lab.sent).toHaveLength(5 + 5 + HELD);
    const inEachSecond = Map.groupBy(
      lab.sent.filter(({ atMs }) => atMs > beforeMs),
      ({ atMs }) => Math.floor(atMs / 1000),
    );
    for (const released of inEachSecond.values()) expect(released.length).toBeLessThanOrEqual(100);
    const lists = new DeliveryLists(
      { dynamodb: lab.services.clients.dynamodb, table: resourceNames.deliveries },
      lab.parts.reader,
    );
    expect(await lists.inState(lab.destinationId, 'held', { limit: 10 })).toEqual({ items: [] });
  },
  60_000 + HELD * 20,
);
