import { randomBytes } from 'node:crypto';
import { type CircuitBreaker, DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { replayJob } from '../../core/deliveries/delivery.ts';
import { NO_PACE, type Pace } from '../../core/pace/pace.ts';
import type { TransformCode } from '../../core/transform/transform.ts';
import type { World } from './world.ts';

/** What a webhook goes through. */
export interface Life {
  readonly name: string;
  /** Between its attempts. */
  readonly intervalsSeconds: readonly [number, ...number[]];
  readonly maxRetries: number;
  readonly circuitBreaker: CircuitBreaker;
  readonly pace: Pace;
  /** Makes what is sent in its place. */
  readonly transform: TransformCode | null;
  /** What the receiver answers to the attempt of this number. */
  readonly answers: (attempt: number, isUp: boolean) => number;
  readonly happens: (world: World, receiver: { isUp: boolean }) => Promise<void>;
  readonly ends: 'succeeded' | 'dead' | 'cancelled';
  /** Whether the receiver ever hears of it. */
  readonly isSent: boolean;
  /** The only places where a crash makes an attempt happen twice. */
  readonly sentTwice: readonly string[];
  /** How often the queue is polled. */
  readonly lookEverySeconds: number;
}

const usual = {
  intervalsSeconds: [60],
  maxRetries: 1,
  circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
  pace: NO_PACE,
  transform: null,
  ends: 'succeeded',
  isSent: true,
  lookEverySeconds: 20,
} as const;

const small = Buffer.from('{"order":7}');

const sent = async (world: World, body: Uint8Array = small) => {
  await world.send(body);
  await world.untilQuiet();
};

export const lives: readonly Life[] = [
  {
    ...usual,
    name: 'succeeds at the first try',
    sentTwice: ['after attempt 1', 'before BatchWriteItem'],
    answers: () => 200,
    happens: (world) => sent(world),
  },
  {
    ...usual,
    name: 'has its body in the bucket',
    sentTwice: ['after attempt 1', 'before BatchWriteItem'],
    answers: () => 200,
    happens: (world) => sent(world, randomBytes(100_000)),
  },
  {
    ...usual,
    name: 'fails once and then succeeds',
    sentTwice: ['after attempt 1', 'before SendMessageBatch', 'after attempt 2', 'before TransactWriteItems'],
    answers: (attempt) => (attempt === 1 ? 500 : 200),
    happens: (world) => sent(world),
  },
  {
    ...usual,
    name: 'runs out of retries',
    sentTwice: [
      'after attempt 1',
      'before SendMessageBatch',
      'after attempt 2',
      'before SendMessage',
      'after SendMessage',
      'before TransactWriteItems',
    ],
    answers: () => 500,
    happens: (world) => sent(world),
    ends: 'dead',
  },
  {
    ...usual,
    name: 'is retried by a delay and by a schedule',
    intervalsSeconds: [60, 7200],
    maxRetries: 2,
    sentTwice: [
      'after attempt 1',
      'before SendMessageBatch',
      'after attempt 2',
      'before POST /schedules',
      'after POST /schedules',
      'before TransactWriteItems',
      'after attempt 3',
      'before TransactWriteItems',
    ],
    answers: (attempt) => (attempt < 3 ? 500 : 200),
    happens: (world) => sent(world),
    lookEverySeconds: 120,
  },
  {
    ...usual,
    name: 'is held by an open circuit, with another one, and released',
    intervalsSeconds: [30],
    maxRetries: 10,
    circuitBreaker: { enabled: true, failureThreshold: 1, cooldownSeconds: 60 },
    sentTwice: [
      'after attempt 1',
      'before SendMessageBatch',
      // The probe is the other delivery, which has not failed yet.
      'after attempt 1',
      'before BatchWriteItem',
      'after attempt 2',
      'before TransactWriteItems',
    ],
    answers: (_, isUp) => (isUp ? 200 : 503),
    happens: async (world, receiver) => {
      const { records } = world;
      receiver.isUp = false;
      await world.send(small);
      await world.until('the circuit is open', async () => (await records.circuit()).state === 'open');
      await world.send(small);
      await world.until('both are held', async () => (await records.statuses()).every((status) => status === 'held'));
      receiver.isUp = true;
      await world.untilQuiet();
    },
  },
  {
    ...usual,
    name: 'comes while its destination is disabled, which is then enabled',
    sentTwice: ['after attempt 1', 'before BatchWriteItem'],
    answers: () => 200,
    happens: async (world) => {
      const { records } = world;
      world.surroundings.destination.enabled = false;
      await world.send(small);
      await world.until('it is held', async () => (await records.statuses()).every((status) => status === 'held'));
      await world.ask((instance) => instance.enable());
      await world.untilQuiet();
    },
  },
  {
    ...usual,
    name: 'is a dead letter that is replayed',
    maxRetries: 0,
    sentTwice: [
      'after attempt 1',
      'before SendMessage',
      'after SendMessage',
      'before PutItem',
      'after attempt 2',
      'before TransactWriteItems',
    ],
    answers: (attempt) => (attempt === 1 ? 500 : 200),
    happens: async (world) => {
      const { records } = world;
      await sent(world);
      for (const { id } of await records.events()) {
        await world.ask(async (instance) => {
          const { delivery } = (await records.delivery(id)) ?? {};
          // If only the answer got lost, the replay is already on its way.
          if (delivery?.status === 'dead') await instance.replay(delivery, replayJob(delivery, records.nowMs()));
        });
      }
      await world.untilQuiet();
    },
  },
  {
    ...usual,
    name: 'stands in a line in front of another one, and both fail once',
    pace: { ...NO_PACE, ordering: 'fifo' },
    // The retry is not a message of its own: its row stands for it.
    sentTwice: [
      ...['after attempt 1', 'before PutItem', 'after attempt 2', 'before TransactWriteItems'],
      ...['after attempt 1', 'before PutItem', 'after attempt 2', 'before TransactWriteItems'],
    ],
    answers: (attempt) => (attempt === 1 ? 500 : 200),
    happens: async (world) => {
      await world.send(small);
      await sent(world);
    },
  },
  {
    ...usual,
    name: 'is transformed, and fails once',
    transform: 'const transform = (event) => ({ body: { transformed: event.json.order } });',
    sentTwice: ['after attempt 1', 'before SendMessageBatch', 'after attempt 2', 'before TransactWriteItems'],
    answers: (attempt) => (attempt === 1 ? 500 : 200),
    happens: (world) => sent(world),
  },
  {
    ...usual,
    name: 'is dropped by its transform',
    transform: 'const transform = () => null;',
    sentTwice: [],
    answers: () => 200,
    happens: (world) => sent(world),
    ends: 'cancelled',
    isSent: false,
  },
  {
    ...usual,
    name: 'fails in its transform',
    transform: 'const transform = (event) => event.json.customer.id;',
    sentTwice: [],
    answers: () => 200,
    happens: (world) => sent(world),
    ends: 'dead',
    isSent: false,
  },
];
