import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { variable } from '../../functions/shared/environment.ts';
import { type ReceivedWebhook, Receiver } from '../support/receiver.ts';
import type { Cut } from './lifeline.ts';
import { type Life, lives } from './lives.ts';
import type { Records } from './records.ts';
import { startSurroundings } from './surroundings.ts';
import { World } from './world.ts';

/** `HAWSER_CRASH_RUNS=200` is the full run. */
const RUNS = Number(process.env.HAWSER_CRASH_RUNS ?? 3);

/** Nothing lasting happens between two steps, so that before one is after another: the full run tries both. */
const sides = process.env.HAWSER_CRASH_RUNS === undefined ? (['after'] as const) : (['before', 'after'] as const);

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
  // The management function looks for all of them when it starts; of what they name, this test brings its own.
  for (const name of Object.values(variable)) vi.stubEnv(name, '1');
  vi.stubEnv(variable.destinationNetwork, 'loopback');
  vi.stubEnv('AWS_REGION', 'us-east-1');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await receiver.stop();
});

/** What has become of a life, once nothing is on its way any more. */
interface Lived {
  readonly world: World;
  /** Requests that the receiver got again. */
  readonly duplicates: number;
  /** Of the event that has most of them. */
  readonly duplicatesOfOne: number;
}

/** Lives a life with crashes, has `look` see what became of it, and checks what must hold for any. */
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

/** Every event has come to its end, the log says what the receiver saw. @returns how many requests it saw again, for each event */
async function expectDelivered(life: Life, world: World): Promise<number[]> {
  const { records } = world;
  const events = (await records.events()).map(({ id }) => id);
  expect(new Set(events).isSupersetOf(new Set(world.accepted))).toBe(true);
  // Not one that nobody has sent: what was not answered was sent again by its sender, as an event of its own.
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
    // What was not recorded when the instance died is counted all the same once a later attempt is: its retry was on its way.
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

/** Each of the instance in the place of the one before. Not more: at its fifth receive a message becomes a dead letter. */
const severalCuts = fc.array(fc.record({ step: fc.nat({ max: 15 }), side: fc.constantFrom('before', 'after') }), {
  minLength: 2,
  maxLength: 3,
});

describe.each(lives)('a webhook that $name', { timeout: 300_000 + RUNS * 3_000 }, (life) => {
  it('is sent once for each attempt, and nothing that comes late or again sends it once more', async () => {
    await live(life, [], async ({ world, duplicates }) => {
      const { records } = world;
      expect(duplicates).toBe(0);
      const [requests, statuses] = [receiver.received.length, await records.statuses()];
      expect(await world.repeatAll()).toBeGreaterThan(0);
      expect(receiver.received).toHaveLength(requests);
      expect(await records.statuses()).toEqual(statuses);
    });
  });

  it('is not lost by a crash at any step, and is sent at most once more', async () => {
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

  it('is not lost by several crashes either, and is sent at most once more for each', async () => {
    await fc.assert(
      fc.asyncProperty(severalCuts, (cuts) =>
        live(life, cuts, async ({ world, duplicatesOfOne }) => {
          // A crash before the sender is answered makes a second event, and a later one sends both again: they are in one batch.
          expect(duplicatesOfOne).toBeLessThanOrEqual(world.crashes);
        }),
      ),
      { numRuns: RUNS },
    );
  });
});
