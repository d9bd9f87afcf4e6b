import type { DestinationId } from '../../core/ids.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import type { GoneDestination } from '../stores/config/destinations.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { FiguresLog } from '../stores/deliveries/figures.ts';
import type { LineStore } from '../stores/deliveries/lines.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { EventStore } from '../stores/events.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { Attempts } from './attempts.ts';
import { BodiesUnderWay } from './bodies-under-way.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';
import type { DelayedSender } from './delayed-sender.ts';
import { DeliveryWorker } from './delivery-worker.ts';
import { JobRunner } from './job-runner.ts';
import { LineDeliveries } from './line/deliveries.ts';
import { LineUp } from './line/line-up.ts';
import { LineRunner } from './line/runner.ts';
import { Outcomes } from './outcomes.ts';
import type { Releases } from './releases.ts';
import type { Transforms } from './transforms.ts';

/** What a worker needs from outside. */
export interface DeliveryServices {
  readonly events: EventStore;
  readonly reader: DeliveryReader;
  readonly log: DeliveryLog;
  readonly figures: Pick<FiguresLog, 'add' | 'flush'>;
  readonly lines: LineStore;
  readonly queue: DeliveryQueue;
  readonly delayedSender: DelayedSender;
  readonly deadLetters: DeadLetterQueue;
  readonly transforms: Pick<Transforms, 'apply'>;
  readonly breakers: CircuitBreakers;
  readonly releases: Pick<Releases, 'release'>;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
  /** Makes this instance forget the destination, so that it is read again. */
  readonly forgetDestination: (id: DestinationId) => void;
  /** @returns whether it was enabled and its settings were still those of `updatedAt` */
  readonly disable: (gone: GoneDestination) => Promise<boolean>;
  readonly announce: (event: OperationalEvent) => Promise<void>;
  readonly publicUrl: string;
  /** How much memory the bodies of attempts under way may take; by default what fits into the delivery function. */
  readonly bodiesUnderWayBytes?: number;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Builds one function instance's worker. */
export function newDeliveryWorker(services: DeliveryServices): DeliveryWorker {
  const { events, reader, log, figures, lines, queue, delayedSender, deadLetters } = services;
  const { transforms, breakers, releases, destination, forgetDestination, disable, announce } = services;
  const { publicUrl, bodiesUnderWayBytes, now, pause, random } = services;
  const attempts = new Attempts({
    events,
    log,
    delayedSender,
    transforms,
    deadLetters,
    destination,
    forgetDestination,
    disable,
    announce,
    publicUrl,
    now,
    random,
  });
  const outcomes = new Outcomes({ figures, breakers, destination });
  const bodies = new BodiesUnderWay({ maxBytes: bodiesUnderWayBytes, now, pause });
  const attemptRunner = new AttemptRunner({ attempts, bodies, reader, breakers, destination });
  const jobRunner = new JobRunner({ attempts, attemptRunner, delayedSender, log, now });
  const lineUp = new LineUp({ attempts, delayedSender, log, events, lines, queue, now });
  const deliveries = new LineDeliveries({ attempts, attemptRunner, outcomes, reader, now });
  const lineRunner = new LineRunner({
    deliveries,
    outcomes,
    lines,
    reader,
    queue,
    delayedSender,
    destination,
    now,
    pause,
  });
  return new DeliveryWorker({ reader, destination, delayedSender, releases, jobRunner, lineUp, lineRunner, outcomes });
}
