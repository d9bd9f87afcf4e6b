import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import type { Destination } from '../../core/destinations/destination.ts';
import { resourceNames, type TestServices } from '../../test/support/services.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { FiguresLog } from '../stores/deliveries/figures.ts';
import { LineStore } from '../stores/deliveries/lines.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { EventStore } from '../stores/events.ts';
import { CircuitBreakers } from './circuit-breakers.ts';
import { DelayedSender } from './delayed-sender.ts';
import type { DeliveryServices } from './new-delivery-worker.ts';
import { Releases, type ReleasesOptions } from './releases.ts';

const retentionDays = 30;

/** A destination without a template, whose settings never change. */
export const plainDestination = {
  updatedAt: '2026-11-22T00:00:00.000Z',
  template: undefined,
  bodyCopies: 1,
  cancelReason: () => undefined,
} as const satisfies Partial<Deliverable>;

/** A destination that takes deliveries, as a release sees it. */
const takingDestination: Pick<Destination, 'enabled' | 'archivedAt' | 'circuitBreaker'> = {
  enabled: true,
  archivedAt: null,
  circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
};

/** All that a worker needs, over the embedded services, except for its destinations. Each call makes another instance. */
export function workerParts(
  { clients, clock, deliveryQueue, deadLetterQueue }: TestServices,
  announce: DeliveryServices['announce'],
  releasing: Partial<ReleasesOptions> = {},
): Omit<DeliveryServices, 'destination' | 'announce'> {
  const { dynamodb, s3, sqs, scheduler } = clients;
  const { events, bucket, deliveries: table, scheduleGroup } = resourceNames;
  const now = () => clock.nowMs();
  const reader = new DeliveryReader({ dynamodb, table });
  // Without a linger: what is sent goes at once, and does not wait to share a call.
  const queue = new DeliveryQueue(sqs, deliveryQueue.queueUrl, 0);
  const circuits = new CircuitStore({ dynamodb, table });
  const delayedSender = new DelayedSender({
    queue,
    scheduler,
    scheduleGroup,
    scheduleRoleArn: 'arn:aws:iam::000000000000:role/scheduler',
    scheduleDeadLetterArn: deadLetterQueue.queueArn,
    now,
  });
  return {
    events: new EventStore({ dynamodb, s3, table: events, bucket, retentionDays }),
    reader,
    lines: new LineStore({ dynamodb, table, retentionDays, lingerMs: 0 }),
    queue,
    log: new DeliveryLog({ dynamodb, table, retentionDays, lingerMs: 0 }),
    delayedSender,
    breakers: new CircuitBreakers({
      circuits,
      send: (message, delaySeconds) => delayedSender.sendAfter(message, delaySeconds),
      announce,
      ttlMs: 5_000,
      now,
    }),
    releases: new Releases({
      lists: new DeliveryLists({ dynamodb, table }, reader),
      circuits,
      destination: async () => takingDestination,
      queue,
      delayedSender,
      now,
      ...releasing,
    }),
    transforms: { apply: async (_, __, request) => ({ kind: 'ready', request }) },
    disable: async () => false,
    forgetDestination: () => {},
    deadLetters: new DeadLetterQueue(sqs, deadLetterQueue.queueUrl, reader),
    figures: new FiguresLog({ dynamodb, table, lingerMs: 0 }),
    publicUrl: 'https://hawser.example',
    now,
    pause: (ms) => new Promise((resolve) => clock.setTimer(ms, resolve)),
    random: () => 0.5,
  };
}
