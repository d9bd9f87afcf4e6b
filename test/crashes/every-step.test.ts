import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { variable } from '../../functions/shared/environment.ts';
import { type ReceivedWebhook, Receiver } from '../support/receiver.ts';
import type { Cut } from './lifeline.ts';
import type { Records } from './records.ts';
import { type Life, lives } from './restarts.ts';
import { startSurroundings } from './surroundings.ts';
import { World } from './world.ts';

/** `HAWSER_CRASH_RUNS=200` is the full run. */
const RUNS = Number(process.env.HAWSER_CRASH_RUNS ?? 3);

/** Nothing lasting happens between two steps, so before one is the same as after another. The full run tries both. */
const sides = process.env.HAWSER_CRASH_RUNS === undefined ? (['after'] as const) : (['before', 'after'] as const);

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
  // The management function requires all of these when it starts. The test itself supplies what they name.
  for (const name of Object.values(variable)) vi.stubEnv(name, '1');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  vi.stubEnv('AWS_REGION', 'us-east-1');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await receiver.stop();
});

/** The results of a life, once nothing is on its way any more. */
interface Lived {
  readonly world: World;
  /** How many requests the receiver got again. */
  readonly duplicates: number;
  /** The same for the event that has the most. */
  readonly duplicatesOfOne: number;
}

/** Runs a life with crashes, checks what must hold for any life, and lets `look` check the rest. */
async function live(life: Life, cuts: readonly Cut[], look: (lived: Lived) => Promise<void> = async () => {}) {
  const { intervalsSeconds, maxRetries, circuitBreaker, pace, transform, lookEverySeconds } = life;
  const retryPolicy = { maxRetries, backoff: 'exponential', intervalsSeconds, retryOn: null } as const;
  const surroundings = await startSurroundings(receiver.url, { circuitBreaker, retryPolicy, pace }, transform);
  try {
    const state = { isUp: true };
    receiver.received.length = 0;
    receiver.behave = (webhook, response) => {
      response.writeHead(life.answers(attemptOf(webhook), state.isUp)).end();
    };
    const world = await World.around(surroundings, cuts, lookEverySeconds);
    await life.happens(world, state);
    const again = await expectDelivered(life, world);
    const duplicates = again.reduce((sum, ofOne) => sum + ofOne, 0);
    await look({ world, duplicates, duplicatesOfOne: Math.max(0, ...again) });
  } finally {
    await surroundings.services.close();
  }
}

const attemptOf = ({ headers }: ReceivedWebhook) => Number(headers['x-hawser-attempt-count']);

/**
 * Every event has ended, and the log says what the receiver saw.
 * @returns how often it got each event again
 */
async function expectDelivered(life: Life, world: World): Promise<number[]> {
  const { records } = world;
  const events = (await records.events()).map(({ id }) => id);
  expect(new Set(events).isSupersetOf(new Set(world.accepted))).toBe(true);
  // No event that nobody sent: a sender without an answer sends again, which makes another event.
  expect(events.length).toBeLessThanOrEqual(world.accepted.length + world.crashes);
  const received = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
  expect(received).toEqual(new Set(life.isSent ? events : []));
  const transformed = receiver.received.filter(({ body }) => body.toString() === '{"transformed":7}');
  expect(transformed).toHaveLength(life.transform === null ? 0 : receiver.received.length);
  const again: number[] = [];
  for (const id of events) {
    const webhooks = receiver.received.filter(({ headers }) => headers['webhook-id'] === id);
    const numbers = new Set(webhooks.map(attemptOf));
    again.push(webhooks.length - numbers.size);
    const { delivery, attempts = [] } = (await records.delivery(id)) ?? {};
    expect(delivery).toMatchObject({ status: life.ends, attemptCount: numbers.size });
    const logged = attempts.map(({ number }) => number);
    // An attempt whose record died with the instance still counts once a later one is recorded: its retry was on its way.
    expect(numbers.isSupersetOf(new Set(logged))).toBe(true);
    expect(logged.length).toBeGreaterThanOrEqual(numbers.size - world.crashes);
    const succeeded = attempts.filter(({ response }) => response?.statusCode === 200);
    expect(succeeded.map(({ number }) => number)).toEqual(life.ends === 'succeeded' ? [numbers.size] : []);
  }
  await expectDeadLetters(life.ends === 'dead' ? events.map((id) => records.deliveryIdOf(id)) : [], records);
  return again;
}

async function expectDeadLetters(dead: readonly string[], records: Records): Promise<void> {
  expect((await records.deadLetters()).toSorted()).toEqual(dead.toSorted());
  await records.sweepDeadLetterQueue();
  expect([...new Set(await records.deadLetterQueue())].toSorted()).toEqual(dead.toSorted());
}

/** One cut for each instance in turn. There are no more, because a message becomes a dead letter at its fifth receive. */
const severalCuts = fc.array(fc.record({ step: fc.nat({ max: 15 }), side: fc.constantFrom('before', 'after') }), {
  minLength: 2,
  maxLength: 3,
});

describe.each(lives)('a webhook that $name', { timeout: 300_000 + RUNS * 3_000 }, (life) => {
  it('each attempt is sent once, and messages that come late or again do not send it once more', async () => {
    await live(life, [], async ({ world, duplicates }) => {
      const { records } = world;
      expect(duplicates).toBe(0);
      const [requests, statuses] = [receiver.received.length, await records.statuses()];
      expect(await world.repeatAll()).toBeGreaterThan(0);
      expect(receiver.received).toHaveLength(requests);
      expect(await records.statuses()).toEqual(statuses);
    });
  });

  it('a crash at any step does not lose the webhook, and sends it at most once more', async () => {
    let steps: readonly string[] = [];
    await live(life, [], async ({ world }) => {
      steps = [...world.steps];
    });
    const sentTwice: string[] = [];
    for (const [step, name] of steps.entries()) {
      for (const side of sides) {
        await live(life, [{ step, side }], async ({ world, duplicates }) => {
          expect(world.crashes).toBe(1);
          expect(duplicates, `killed ${side} ${name}, step ${step} of ${steps}`).toBeLessThanOrEqual(1);
          if (duplicates > 0) sentTwice.push(`${side} ${name}`);
        });
      }
    }
    expect(sentTwice).toEqual(life.sentTwice.filter((name) => sides.some((side) => name.startsWith(side))));
  });

  it('several crashes do not lose the webhook, and each sends it at most once more', async () => {
    await fc.assert(
      fc.asyncProperty(severalCuts, (cuts) =>
        live(life, cuts, async ({ world, duplicatesOfOne }) => {
          // A crash before the sender is answered makes a second event. A later crash repeats both: they are in one batch.
          expect(duplicatesOfOne).toBeLessThanOrEqual(world.crashes);
        }),
      ),
      { numRuns: RUNS },
    );
  });
});
