import type { Attempt } from '../../core/attempt.ts';
import type { CircuitBreaker } from '../../core/circuit.ts';
import { type DeliveryJob, isDue, type NextStep, nextStep } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DeliveryId, DestinationId, OrganizationId } from '../../core/ids.ts';
import type { RetryPolicy } from '../../core/retry-policy.ts';
import { decodeRequest, type RequestHead } from '../../core/stored-request.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { logger } from '../shared/logger.ts';
import type { ReleaseMessage } from '../shared/release-message.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { DeliveryState, StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { FiguresLog } from '../stores/deliveries/figures.ts';
import { MAX_DELAY_SECONDS } from '../stores/delivery-queue.ts';
import type { EventStore } from '../stores/events.ts';
import type { CircuitBreakers } from './circuit-breakers.ts';
import type { AttemptResult, Delivery } from './destinations/destination-type.ts';
import type { OperationalEvent } from './operational-events.ts';
import { type QueuedMessage, type Received, sortOut } from './received.ts';
import type { Releases } from './releases.ts';
import type { Retries } from './retries.ts';

type CancelReason = 'destination_deleted' | 'destination_archived';

/** A destination as the worker sees it, its type already bound. */
export interface Deliverable {
  /** Why a delivery is not to be made any more, if so. */
  cancelReason(job: DeliveryJob): CancelReason | undefined;
  /** While false, deliveries are held. */
  readonly enabled: boolean;
  readonly circuitBreaker: CircuitBreaker;
  readonly retryPolicy: RetryPolicy;
  attempt(delivery: Delivery): Promise<AttemptResult>;
}

export interface DeliveryWorkerOptions {
  readonly events: EventStore;
  readonly reader: DeliveryReader;
  readonly log: DeliveryLog;
  readonly retries: Retries;
  readonly breakers: CircuitBreakers;
  readonly releases: Pick<Releases, 'release'>;
  /** @returns whether it was enabled */
  readonly disable: (organizationId: OrganizationId, id: DestinationId) => Promise<boolean>;
  readonly deadLetters: DeadLetterQueue;
  readonly figures: Pick<FiguresLog, 'add' | 'flush'>;
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
 * Makes the attempts of a batch of messages, in parallel.
 *
 * The order of writes is what makes delivery at least once. First the webhook is sent, then the message of the next attempt
 * (or the dead letter), then the row says so, and last the queue forgets this message. A crash between any two of these
 * repeats an attempt; none can lose one. The row tells the repeated message from the one that is due. The figures of the
 * destinations and their circuits come after the rows. Nothing depends on the figures, and a failure that a circuit does not
 * count leaves it closed for the next.
 */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  /** Parts of batches whose attempts are under way; in Lambda all of one batch, in `npm start` of many. */
  #partsUnderWay = 0;

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  /** @returns ids of the messages that must come back: Hawser itself failed on them, and their state is as before */
  async deliverBatch(queued: readonly QueuedMessage[]): Promise<string[]> {
    const { unreadable, jobs, releases } = sortOut(queued);
    const rows = await this.#options.reader.getMany(jobs.map(({ message }) => message.job));
    const byDestination = Map.groupBy(jobs, ({ message }) => message.job.destinationId);
    const failed = await Promise.all([
      ...[...byDestination].map(([destinationId, received]) => this.#deliverTo(destinationId, received, rows)),
      ...releases.map((received) => this.#release(received)),
    ]);
    return [...unreadable, ...failed.flat()];
  }

  async #release({ messageId, receiveCount, message }: Received<ReleaseMessage>): Promise<string[]> {
    const { releases, retries } = this.#options;
    try {
      // A fresh copy: the redrive policy would take away what alone leads out of an open circuit.
      if (receiveCount >= POISON_RECEIVE_COUNT) await retries.send(message, MAX_DELAY_SECONDS);
      else await releases.release(message);
      return [];
    } catch (error) {
      logger.error('what is held could not be released; the message comes back', { ...message, error });
      return [messageId];
    }
  }

  /** A part of a batch, which is counted when it is done: what hangs at another destination would keep it from the figures. */
  async #deliverTo(
    destinationId: DestinationId,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<string[]> {
    const outcomes: AttemptOutcome[] = [];
    this.#partsUnderWay++;
    const failed = await Promise.all(
      received.map(async ({ messageId, receiveCount, message }) => {
        const { deliveryId, attempt } = message.job;
        try {
          const outcome = await this.#process(message, rows.get(deliveryId), receiveCount);
          if (outcome) outcomes.push(outcome);
          return [];
        } catch (error) {
          logger.error('a delivery could not be processed; its message comes back', { deliveryId, attempt, error });
          return [messageId];
        }
      }),
    );
    this.#partsUnderWay--;
    await Promise.all([this.#count(destinationId, outcomes), this.#observe(received, outcomes)]);
    return failed.flat();
  }

  /** What is recorded is done: it must not be sent again because it could not be counted. */
  async #count(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    const { figures } = this.#options;
    try {
      const added = figures.add(destinationId, outcomes);
      // Where others are under way, the write waits a moment to be shared with theirs. In Lambda that costs nothing: they are
      // of the same invocation, which lasts as long as they do.
      if (this.#partsUnderWay === 0) figures.flush();
      await added;
    } catch (error) {
      const missing = outcomes.length;
      const failed = outcomes.filter(({ succeeded }) => !succeeded).length;
      logger.error('attempts are missing in the figures', { destinationId, missing, failed, error: error as Error });
    }
  }

  /** What is recorded is done, here too. */
  async #observe([first]: readonly Received<DeliveryMessage>[], outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (!first || outcomes.length === 0) return;
    const { job } = first.message;
    const { breakers, destination: destinationOf } = this.#options;
    try {
      const destination = await destinationOf(job.destinationId);
      if (destination) await breakers.observe(job, destination.circuitBreaker, outcomes);
    } catch (error) {
      logger.error('attempts are missing in the circuit', { destinationId: job.destinationId, error: error as Error });
    }
  }

  /** @returns what came of the attempt, if one was made */
  async #process(
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
