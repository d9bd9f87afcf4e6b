import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/hawser.ts';
import { areEmpty } from '../support/queues.ts';
import type { Consumption } from './consumption.ts';
import { isInFlap } from './receivers.ts';
import { LoadRun } from './run.ts';

/**
 * `HAWSER_SOAK_MINUTES=30` sends for that long at a modest rate, instead of `HAWSER_LOAD_EVENTS` as fast as they are accepted.
 */
const SOAK_PER_SECOND = 20;
const soakMinutes = Number(process.env.HAWSER_SOAK_MINUTES ?? 0);
const isSoak = soakMinutes > 0;
/** `HAWSER_LOAD_EVENTS=200000` is the full run; the suite makes a short one. */
const EVENTS = isSoak ? Math.round(soakMinutes * 60 * SOAK_PER_SECOND) : Number(process.env.HAWSER_LOAD_EVENTS ?? 400);
const SAMPLE = Math.min(1000, EVENTS);
/** A flap is far longer than the three failures that open the circuit, so it always opens, whatever succeeds in between. */
const FLAPS = {
  period: Math.min(EVENTS, isSoak ? 120 * SOAK_PER_SECOND : 20_000),
  length: Math.max(30, Math.min(100, EVENTS / 1000)),
};
const TIMEOUT_MS = 300_000 + 20 * EVENTS + soakMinutes * 60_000;

/**
 * Heaps grow for some ten thousand events before they reach their full size. A quarter of 200,000 events lies between the two
 * medians that are compared, so 32 MiB are 671 bytes an event, or 224 a delivery.
 */
const MAX_GROWTH_MIB = 32;
const tellsMemory = EVENTS >= 100_000 && process.platform === 'linux';

let load: LoadRun;
let before: Consumption;
let after: Consumption;
beforeAll(async () => {
  load = await LoadRun.start({
    events: EVENTS,
    sample: SAMPLE,
    flaps: FLAPS,
    perSecond: isSoak ? SOAK_PER_SECOND : undefined,
  });
  [before, , after] = await load.run();
}, TIMEOUT_MS);
afterAll(() => load?.dispose());

describe(`${EVENTS} events for three destinations, of which one flaps and one is slow`, () => {
  it('every destination receives every event', () => {
    const { well, flapping, slow } = load.receivers;
    expect(load.sender.accepted.size).toBe(EVENTS + 2 * SAMPLE);
    expect([...load.sender.accepted].filter((id) => !well.eventIds.has(id))).toEqual([]);
    expect(slow.eventIds.size).toBe(EVENTS);
    expect(slow.eventIds.isSubsetOf(load.sender.accepted)).toBe(true);
    expect(flapping.eventIds).toEqual(slow.eventIds);
  });

  it('no event arrives twice, except for up to one in a thousand of those that may have been held', () => {
    const { well, flapping, slow } = load.receivers;
    expect([well.duplicates, slow.duplicates]).toEqual([0, 0]);
    // A delivery that was released and has not come 10 s later is released once more. If two instances handle both at the same
    // moment, neither sees the other's attempt.
    expect(flapping.duplicates).toBeLessThanOrEqual(Math.ceil(EVENTS / 1000));
  });

  it('failed deliveries are retried once, and held while the circuit is open', () => {
    const sequences = Array.from({ length: EVENTS }, (_, index) => SAMPLE + index);
    expect(load.receivers.flapping.failed).toBe(sequences.filter((sequence) => isInFlap(FLAPS, sequence)).length);
    const opened = load.circuitChanges.get('circuit.opened');
    expect(opened).toBeGreaterThan(0);
    expect(load.circuitChanges.get('circuit.closed')).toBe(opened);
  });

  it.each(['held', 'retrying', 'dead', 'cancelled'])('no delivery is %s in the end', async (status) => {
    const { body } = await load.hawser.api('GET', `/v1/deliveries?status=${status}`);
    expect(body).toMatchObject({ deliveries: [], has_more: false });
  });

  it('all queues are empty in the end, including dead letters', async () => {
    // Not immediate: a second look for held deliveries may still be on its way.
    await eventually('empty queues', () => areEmpty(load.hawser));
  });

  it.runIf(tellsMemory)('memory does not grow in the second half', () => {
    expect(load.memory.quarterMiB(4) - load.memory.quarterMiB(3)).toBeLessThan(MAX_GROWTH_MIB);
  });
});

describe(`an event costs the same before and after ${EVENTS} others`, () => {
  it.each([
    ['its row', 'events PutItem'],
    ['looking up its delivery', 'deliveries BatchGetItem'],
    ['the row of its delivery', 'deliveries BatchWriteItem'],
  ])('one unit is consumed for %s', (_, operation) => {
    expect(before.of(operation).units).toBe(SAMPLE);
    expect(after.of(operation).units).toBe(SAMPLE);
  });

  // The number of calls depends on how full the batches were, and so on the machine. The cost of each call does not.
  it.each([
    ['the figures of its destination and the count of its source', 'deliveries UpdateItem', 2],
    ['the connections of its source', 'configuration Query', 1],
  ])('one unit, which many events may share, is consumed for %s', (_, operation, atMostEach) => {
    for (const { requests, units } of [before.of(operation), after.of(operation)]) {
      expect(units).toBe(requests);
      expect(requests).toBeGreaterThan(0);
      expect(requests).toBeLessThanOrEqual(atMostEach * SAMPLE);
    }
  });

  it('no other operation consumes units', () => {
    // Figures begin a new row every quarter of an hour, and held deliveries are looked for 10 s and 120 s after their release.
    // What is read once in five seconds may be cached already.
    const nowAndThen = ['deliveries TransactWriteItems', 'deliveries/by_state Query'];
    expect([...before.names, ...nowAndThen]).toEqual(expect.arrayContaining(after.names));
  });
});
