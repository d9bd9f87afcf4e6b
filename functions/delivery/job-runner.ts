import type { Attempt } from '../../core/attempt.ts';
import { type DeliveryJob, isDue, type NextStep, nextStep } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DestinationId, OrganizationId } from '../../core/ids.ts';
import { decodeRequest, type RequestHead } from '../../core/stored-request.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { logger } from '../shared/logger.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryState, StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';
import type { CancelReason, Deliverable } from './deliverable.ts';
import type { OperationalEvent } from './operational-events.ts';
import type { Retries } from './retries.ts';

export interface JobRunnerOptions {
  readonly events: EventStore;
  readonly log: DeliveryLog;
  readonly retries: Retries;
  readonly breakers: CircuitBreakers;
  /** @returns whether it was enabled */
  readonly disable: (organizationId: OrganizationId, id: DestinationId) => Promise<boolean>;
  readonly deadLetters: DeadLetterQueue;
  readonly announce: (event: OperationalEvent) => Promise<void>;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
  readonly publicUrl: string;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * A message that comes back this often is one whose processing itself fails. The queue's redrive policy would take it away
 * at the sixth receive without a word in the log; so the fifth makes it a dead letter like any other.
 */
export const POISON_RECEIVE_COUNT = 5;

/**
 * Does one job: makes its attempt, holds it, or ends its delivery.
 *
 * The order of writes is what makes delivery at least once. First the webhook is sent, then the message of the next attempt
 * (or the dead letter), then the row says so, and last the queue forgets this message. A crash between any two of these
 * repeats an attempt; none can lose one. The row tells the repeated message from the one that is due.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** @returns what came of the attempt, if one was made */
  async run(
    message: DeliveryMessage,
    row: StoredDelivery | undefined,
    receiveCount: number,
  ): Promise<AttemptOutcome | undefined> {
    const { job } = message;
    const { retries, breakers, destination: destinationOf } = this.#options;
    if (!isDue(job, row)) return undefined;
    if (await retries.postponed(message)) return undefined;
    if (receiveCount >= POISON_RECEIVE_COUNT) return this.#giveUp(job, 'processing_failed');
    const destination = await destinationOf(job.destinationId);
    if (!destination) return this.#cancel(job, 'destination_deleted');
    const reason = destination.cancelReason(job);
    if (reason) return this.#cancel(job, reason);
    const { enabled, circuitBreaker } = destination;
    const admission = enabled ? await breakers.admit(job.destinationId, circuitBreaker) : 'hold';
    if (admission === 'hold') return this.#hold(job, row);
    const request = await this.#request(message);
    if (!request) return this.#giveUp(job, 'event_expired');
    if (admission === 'send') return this.#attempt(message, destination, request);
    const epoch = await breakers.takeProbe(job.destinationId);
    if (epoch === undefined) return this.#hold(job, row);
    const outcome = await this.#attempt(message, destination, request);
    await this.#endProbe(job, epoch, outcome);
    return outcome;
  }

  /** The attempt is recorded, and must not be made again because the circuit is not: its lease ends, and another probe comes. */
  async #endProbe(job: DeliveryJob, epoch: number, { succeeded }: AttemptOutcome): Promise<void> {
    try {
      await this.#options.breakers.endProbe(job, epoch, succeeded);
    } catch (error) {
      const { destinationId } = job;
      logger.error('what came of a probe is not recorded', { destinationId, succeeded, error: error as Error });
    }
  }

  async #hold(job: DeliveryJob, row: StoredDelivery | undefined): Promise<undefined> {
    const { log, now } = this.#options;
    await log.hold(job, row, now());
  }

  async #attempt(
    message: DeliveryMessage,
    destination: Deliverable,
    request: { head: RequestHead; body: Uint8Array },
  ): Promise<AttemptOutcome> {
    const { job } = message;
    const { log, now, random, publicUrl } = this.#options;
    const startedAtMs = now();
    const { verdict, ...result } = await destination.attempt({
      job,
      ...request,
      eventUrl: `${publicUrl}/events/${job.eventId}`,
    });
    const attempt: Attempt = {
      number: job.attempt,
      startedAtMs,
      durationMs: Math.max(0, now() - startedAtMs),
      ...result,
    };
    const state = await this.#follow(message, nextStep(job, verdict, destination.retryPolicy, random()));
    await log.recordAttempt(job, attempt, state);
    if (state.status === 'dead') await this.#announceDead(job, state.reason);
    if (verdict.kind === 'failed' && verdict.gone) await this.#disable(job);
    if (state.status !== 'succeeded') {
      const { deliveryId, destinationId } = job;
      const outcome = attempt.error?.code ?? attempt.response?.statusCode;
      logger.info('attempt failed', { deliveryId, destinationId, attempt: job.attempt, outcome, state: state.status });
    }
    const { durationMs } = attempt;
    return { succeeded: verdict.kind === 'delivered', durationMs, endedAtMs: startedAtMs + durationMs };
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

  /** Sends what follows an attempt, and says what state that is. */
  async #follow(message: DeliveryMessage, step: NextStep): Promise<DeliveryState> {
    const { retries, deadLetters, now } = this.#options;
    const { job, request } = message;
    switch (step.kind) {
      case 'succeeded':
        return { status: 'succeeded' };
      case 'retry':
        await retries.send(
          { job: { ...job, attempt: job.attempt + 1, replay: false }, ...(request && { request }) },
          step.delaySeconds,
        );
        return { status: 'retrying', nextAttemptAtMs: now() + step.delaySeconds * 1000 };
      case 'dead':
        await deadLetters.send(job, step.reason);
        return { status: 'dead', reason: step.reason };
    }
  }

  async #cancel(job: DeliveryJob, reason: CancelReason): Promise<undefined> {
    const { log, now } = this.#options;
    await log.recordState(job, { status: 'cancelled', reason }, now());
  }

  /** Makes a dead letter of a delivery whose attempt can't be made. */
  async #giveUp(job: DeliveryJob, reason: 'processing_failed' | 'event_expired'): Promise<undefined> {
    const { deadLetters, log, now } = this.#options;
    await deadLetters.send(job, reason);
    await log.recordState(job, { status: 'dead', reason }, now());
    await this.#announceDead(job, reason);
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

  /** The webhook itself: from the message, else from its row; a large body from the bucket. `undefined` once it has expired. */
  async #request({
    job,
    request: inMessage,
  }: DeliveryMessage): Promise<{ head: RequestHead; body: Uint8Array } | undefined> {
    const { events } = this.#options;
    const encoded = inMessage ?? (await events.get(job.sourceId, job.eventId))?.request;
    if (!encoded) return undefined;
    const request = decodeRequest(encoded);
    const body = await events.bodyOf(request);
    return body && { head: request.head, body };
  }
}
