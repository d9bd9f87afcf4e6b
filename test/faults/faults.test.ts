import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../local/clock.ts';
import type { LocalStack } from '../../local/stack.ts';
import { startTestStack, temporaryFolder } from '../../local/testing/start-stack.ts';
import { Receiver } from '../support/receiver.ts';
import { Client } from './client.ts';
import { FaultLayer } from './fault-layer.ts';
import { Inside } from './inside.ts';
import { type Lived, live } from './life.ts';
import { PassingTime } from './passing-time.ts';
import { lost, outOfOrder, sentTooOften, underWay, unlistedDead } from './rules.ts';

/**
 * The whole stack while calls of its functions fail: throttled, refused, done without an answer, done in part, slow, hanging.
 *
 * `HAWSER_FAULT_SEEDS=20` runs that many lives, starting with `HAWSER_FAULT_SEED=1`, each with `HAWSER_FAULT_EVENTS=12` events
 * for each of its two sources. A life takes about a minute. A seed leads to much the same faults, but not exactly: which call
 * comes when depends on timing.
 */
const FIRST = Number(process.env.HAWSER_FAULT_SEED ?? 1);
const SEEDS = Number(process.env.HAWSER_FAULT_SEEDS ?? 1);
const EVENTS = Number(process.env.HAWSER_FAULT_EVENTS ?? 12);
const LIFE_TIMEOUT_MS = 600_000;

const folder = temporaryFolder('faults');
const clock = new ManualClock(Date.UTC(2026, 10, 22));
const faults = new FaultLayer();
let uninstall: () => void;
let stack: LocalStack;
let receiver: Receiver;
let time: PassingTime;
let inside: Inside;
beforeAll(async () => {
  uninstall = faults.install();
  receiver = await Receiver.start();
  // One invocation at a time, as in Lambda: otherwise all would share what an instance remembers.
  stack = await startTestStack({ dataDir: folder.path, clock, rootKey: 'root', environmentConcurrency: 1 });
  time = new PassingTime(clock, stack);
  inside = new Inside(stack);
});
afterAll(async () => {
  inside.close();
  await time.end();
  await stack.close();
  await receiver.stop();
  uninstall();
  folder.remove();
});

describe.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
  'random failures of calls with the seed %i',
  (seed) => {
    let lived: Lived;
    beforeAll(async () => {
      faults.met.clear();
      lived = await live(seed, EVENTS, { client: new Client(stack.apiUrl), inside, faults, receiver, time });
    }, LIFE_TIMEOUT_MS);

    it('nothing that was accepted is lost', () => {
      expect(faults.met.size).toBeGreaterThan(3);
      expect(lived.accepted).toHaveLength(2 * EVENTS);
      expect(lost(lived)).toEqual([]);
    });

    it('no delivery stays under way', () => {
      expect(underWay(lived)).toEqual([]);
    });

    it('ordered deliveries arrive in order', () => {
      expect(outOfOrder(lived)).toEqual([]);
    });

    it('every dead delivery is in the list and in the dead-letter queue', () => {
      expect(unlistedDead(lived)).toEqual([]);
    });

    it('all queues and schedules run empty', () => {
      expect(lived.left).toEqual([]);
    });

    it('no attempt is repeated endlessly', () => {
      expect(sentTooOften(lived)).toEqual([]);
    });
  },
);
