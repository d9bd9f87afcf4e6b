import type { Attempt } from '../../core/attempt.ts';
import { type DeliveryJob, type NextStep, nextStep } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DestinationId, OrganizationId } from '../../core/ids.ts';
import { decodeRequest } from '../../core/stored-request.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';
import type { CancelReason, Deliverable } from '../destinations/deliverable.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { eventUrl } from '../shared/event-url.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryState } from '../stores/deliveries/delivery-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { Retries } from './retries.ts';
import type { Transforms } from './transforms.ts';

export interface AttemptsOptions {
  readonly events: EventStore;
  readonly log: DeliveryLog;
  readonly retries: Retries;
  readonly transforms: Pick<Transforms, 'apply'>;
  /** @returns whether it was enabled */
  readonly disable: (organizationId: OrganizationId, id: DestinationId) => Promise<boolean>;
  readonly deadLetters: DeadLetterQueue;
  readonly announce: (event: OperationalEvent) => Promise<void>;
  readonly publicUrl: string;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** An attempt that was made, and what it has made of its delivery. */
export interface MadeAttempt {
  readonly outcome: AttemptOutcome;
  readonly state: DeliveryState;
}

/** Where the retry of a failed attempt waits: as a message of its own, or in the line, where the delivery stays. */
type RetryPlace = 'queue' | 'line';

/**
 * Makes attempts, and ends deliveries of which none is to be made.
 *
 * The order of writes is what makes delivery at least once. First the webhook is sent, then the message of the next attempt
 * (or the dead letter), then the row says so, and last the queue forgets this message. A crash between any two of these
 * repeats an attempt; none can lose one. The row tells the repeated message from the one that is due.
 */
export class Attempts {
  readonly #options: AttemptsOptions;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** From the message, else from the event's row; a large body from the bucket. `undefined` once it has expired. */
  async webhook({ job, request: inMessage }: DeliveryMessage): Promise<OutgoingRequest | undefined> {
    const { events } = this.#options;
    const encoded = inMessage ?? (await events.get(job.sourceId, job.eventId))?.request;
    if (!encoded) return undefined;
    const request = decodeRequest(encoded);
    const body = await events.bodyOf(request);
    return body && { head: request.head, body };
  }

  /**
   * What is to be sent: the webhook, or what its transform makes of it.
   * @returns `undefined` where nothing is, and the delivery has come to its end by that
   */
  async prepare(message: DeliveryMessage, destination: Deliverable): Promise<OutgoingRequest | undefined> {
    const { job } = message;
    const webhook = await this.webhook(message);
    const transformed = webhook && (await this.#options.transforms.apply(job, destination, webhook, this.#pageOf(job)));
    switch (transformed?.kind) {
      case 'ready':
        return transformed.request;
      case 'dropped':
        return void (await this.cancel(job, 'dropped_by_transform'));
      case 'failed':
        return void (await this.giveUp(job, 'transform_failed', transformed.message));
      default:
        return void (await this.giveUp(job, 'event_expired'));
    }
  }

  /** @returns `undefined` where nobody was there to take it: it was no attempt, and is to be held */
  async make(
    message: DeliveryMessage,
    destination: Deliverable,
    request: OutgoingRequest,
    retryPlace: RetryPlace = 'queue',
  ): Promise<MadeAttempt | undefined> {
    const { job } = message;
    const { log, now, random } = this.#options;
    const startedAtMs = now();
    const {
      verdict,
      request: called,
      ...result
    } = await destination.attempt({ job, ...request, eventUrl: this.#pageOf(job) });
    if (verdict.kind === 'unclaimed') return undefined;
    const attempt: Attempt = {
      number: job.attempt,
      startedAtMs,
      durationMs: Math.max(0, now() - startedAtMs),
      request: { ...called, ...(request.bodyFrom && { bodyFrom: request.bodyFrom }) },
      ...result,
    };
    const state = await this.#follow(message, nextStep(job, verdict, destination.retryPolicy, random()), retryPlace);
    await log.recordAttempt(job, attempt, state);
    if (state.status === 'dead') await this.#announceDead(job, state.reason);
    if (verdict.kind === 'failed' && verdict.gone) await this.#disable(job);
    if (state.status !== 'succeeded') {
      const { deliveryId, destinationId } = job;
      const outcome = attempt.error?.code ?? attempt.response?.statusCode;
      logger.info('attempt failed', { deliveryId, destinationId, attempt: job.attempt, outcome, state: state.status });
    }
    const { durationMs } = attempt;
    const succeeded = verdict.kind === 'delivered';
    const isFirst = job.attempt === 1;
    return { outcome: { isFirst, succeeded, durationMs, endedAtMs: startedAtMs + durationMs }, state };
  }

  async cancel(job: DeliveryJob, reason: CancelReason | 'dropped_by_transform'): Promise<void> {
    const { log, now } = this.#options;
    await log.recordState(job, { status: 'cancelled', reason }, now());
  }

  /** Makes a dead letter of a delivery whose attempt can't be made. */
  async giveUp(
    job: DeliveryJob,
    reason: 'processing_failed' | 'event_expired' | 'filter_failed' | 'transform_failed',
    message?: string,
  ): Promise<void> {
    const { deadLetters, log, now } = this.#options;
    await deadLetters.send(job, reason);
    await log.recordState(job, { status: 'dead', reason, message }, now());
    await this.#announceDead(job, reason);
  }

  #pageOf({ eventId }: DeliveryJob): string {
    return eventUrl(this.#options.publicUrl, eventId);
  }

  /** Sends what follows an attempt, and says what state that is. */
  async #follow(message: DeliveryMessage, step: NextStep, retryPlace: RetryPlace): Promise<DeliveryState> {
    const { retries, deadLetters, now } = this.#options;
    const { job, request } = message;
    switch (step.kind) {
      case 'succeeded':
        return { status: 'succeeded' };
      case 'retry': {
        const { delaySeconds } = step;
        if (retryPlace === 'queue') {
          const next = { ...job, attempt: job.attempt + 1, replay: false };
          await retries.send({ job: next, ...(request && { request }) }, delaySeconds);
        }
        return { status: 'retrying', nextAttemptAtMs: now() + delaySeconds * 1000 };
      }
      case 'dead':
        await deadLetters.send(job, step.reason);
        return { status: 'dead', reason: step.reason };
    }
  }

  /** The attempt is recorded; where this fails, the next one is answered in the same way. */
  async #disable({ destinationId, organizationId, deliveryId }: DeliveryJob): Promise<void> {
    const { disable, announce } = this.#options;
    try {
      if (!(await disable(organizationId, destinationId))) return;
      await announce({
        type: 'destination.disabled',
        detail: {
          organization_id: organizationId,
          destination_id: destinationId,
          delivery_id: deliveryId,
          reason: 'answered_410',
        },
      });
    } catch (error) {
      logger.error('a destination that is gone is not disabled', { destinationId, error: error as Error });
    }
  }

  #announceDead(job: DeliveryJob, reason: string): Promise<void> {
    return this.#options.announce({
      type: 'delivery.dead_lettered',
      detail: {
        organization_id: job.organizationId,
        delivery_id: job.deliveryId,
        event_id: job.eventId,
        destination_id: job.destinationId,
        attempts: job.attempt,
        reason,
      },
    });
  }
}
