import type { Attempt } from '../../core/deliveries/attempt.ts';
import { type DeliveryJob, type NextStep, nextStep } from '../../core/deliveries/delivery.ts';
import { bodyBytesOf, decodeRequest, type StoredRequest } from '../../core/events/stored-request.ts';
import type { AttemptOutcome } from '../../core/figures/destination-figures.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';
import type { CancelReason, Deliverable } from '../destinations/deliverable.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import { eventUrl } from '../shared/event-url.ts';
import { logger } from '../shared/logger.ts';
import type { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { RetryPlace } from '../stores/deliveries/delivery-conditions.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryState } from '../stores/deliveries/delivery-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { BodyRoom } from './bodies-under-way.ts';
import type { DelayedSender } from './delayed-sender.ts';
import { disableIfGone, type GoneDestinationsOptions } from './gone-destinations.ts';
import type { Transforms } from './transforms.ts';

export interface AttemptsOptions extends GoneDestinationsOptions {
  readonly events: EventStore;
  readonly log: DeliveryLog;
  readonly delayedSender: DelayedSender;
  readonly transforms: Pick<Transforms, 'apply'>;
  readonly deadLetters: DeadLetterQueue;
  readonly publicUrl: string;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** An attempt that was made, and whether it decided the state of its delivery. */
export type MadeAttempt =
  | { readonly kind: 'stands'; readonly outcome: AttemptOutcome; readonly state: DeliveryState }
  /**
   * It did not: the row shows that a copy or a replay got further in the meantime. The outcome still says something about the
   * receiver.
   */
  | { readonly kind: 'overtaken'; readonly outcome: AttemptOutcome };

/** The result of preparing an attempt. */
export type Prepared =
  | { readonly kind: 'ready'; readonly request: OutgoingRequest }
  /** There is nothing to send, and the delivery has ended. */
  | { readonly kind: 'ended' }
  /** Other deliveries held all the memory for as long as this one could wait. */
  | { readonly kind: 'no_room' };

const ENDED = { kind: 'ended' } as const;

/**
 * Makes attempts, and ends deliveries that get none.
 *
 * The order of writes is what makes delivery at least once. First the webhook is sent, then the message of the next attempt (or
 * the dead letter), then the row says so, and last the queue deletes this message. A crash between any two of these repeats an
 * attempt; none can lose one. The row tells a repeated message from the one that is due.
 */
export class Attempts {
  readonly #options: AttemptsOptions;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** The stored request, from the message, else from the event's row. `undefined` once it has expired. */
  async encoded({ job, request: inMessage }: DeliveryMessage): Promise<Uint8Array | undefined> {
    return inMessage ?? (await this.#options.events.get(job.sourceId, job.eventId))?.request;
  }

  /** A large body from the bucket. `undefined` once it has expired. */
  async #withBody(stored: StoredRequest): Promise<OutgoingRequest | undefined> {
    const body = await this.#options.events.bodyOf(stored);
    return body && { head: stored.head, body };
  }

  /**
   * What is to be sent: the webhook, or what its transform makes of it.
   * @param room taken before a large body is fetched, and kept until the attempt has ended
   */
  async prepare(message: DeliveryMessage, destination: Deliverable, room: BodyRoom): Promise<Prepared> {
    const encoded = await this.encoded(message);
    const stored = encoded && decodeRequest(encoded);
    const { bodyCopies } = destination;
    if (stored && !(await room.take(bodyBytesOf(stored) * bodyCopies))) return { kind: 'no_room' };
    const request = await this.#requestFor(message.job, destination, stored);
    if (!request) return ENDED;
    // Transforms run one at a time, so there is room, or nearly, for the one body that has grown.
    room.resize(request.body.byteLength * bodyCopies);
    return { kind: 'ready', request };
  }

  /** @returns `undefined` if there is nothing to send; the delivery has then ended */
  async #requestFor(
    job: DeliveryJob,
    destination: Deliverable,
    stored: StoredRequest | undefined,
  ): Promise<OutgoingRequest | undefined> {
    const webhook = stored && (await this.#withBody(stored));
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

  /** @returns `undefined` if nobody was there to take it: that does not count as an attempt, and the delivery must be held */
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
      verdict: heard,
      request: called,
      ...result
    } = await destination.attempt({ job, ...request, eventUrl: this.#pageOf(job) });
    if (heard.kind === 'unclaimed') return undefined;
    const attempt: Attempt = {
      number: job.attempt,
      startedAtMs,
      durationMs: Math.max(0, now() - startedAtMs),
      request: { ...called, ...(request.bodyFrom && { bodyFrom: request.bodyFrom }) },
      ...result,
    };
    const verdict = await disableIfGone(this.#options, job, heard, destination.updatedAt);
    const state = await this.#follow(message, nextStep(job, verdict, destination.retryPolicy, random()), retryPlace);
    const stands = await log.recordAttempt(job, attempt, state, retryPlace);
    if (stands && state.status === 'dead') await this.#announceDead(job, job.attempt, state.reason);
    if (state.status !== 'succeeded') logFailed(job, attempt, stands ? state.status : 'overtaken');
    const { durationMs } = attempt;
    const succeeded = verdict.kind === 'delivered';
    const outcome = { isFirst: job.attempt === 1, succeeded, durationMs, endedAtMs: startedAtMs + durationMs };
    return stands ? { kind: 'stands', outcome, state } : { kind: 'overtaken', outcome };
  }

  async cancel(job: DeliveryJob, reason: CancelReason | 'dropped_by_transform'): Promise<void> {
    const { log, now } = this.#options;
    await log.recordEnd(job, { status: 'cancelled', reason }, now());
  }

  /**
   * Makes a dead letter of a delivery whose attempt can't be made.
   * @returns whether it became one: the delivery may have got further in the meantime
   */
  async giveUp(
    job: DeliveryJob,
    reason: 'processing_failed' | 'event_expired' | 'filter_failed' | 'transform_failed',
    reasonMessage?: string,
  ): Promise<boolean> {
    const { deadLetters, log, now } = this.#options;
    await deadLetters.send(job, reason);
    const stands = await log.recordEnd(
      job,
      { status: 'dead', reason, ...(reasonMessage !== undefined && { reasonMessage }) },
      now(),
    );
    if (stands) await this.#announceDead(job, job.attempt - 1, reason);
    return stands;
  }

  #pageOf({ eventId }: DeliveryJob): string {
    return eventUrl(this.#options.publicUrl, eventId);
  }

  /** Sends what follows an attempt, and returns the state to record. */
  async #follow(message: DeliveryMessage, step: NextStep, retryPlace: RetryPlace): Promise<DeliveryState> {
    const { delayedSender, deadLetters, now } = this.#options;
    const { job, request } = message;
    switch (step.kind) {
      case 'succeeded':
        return { status: 'succeeded' };
      case 'retry': {
        const { delaySeconds } = step;
        if (retryPlace === 'queue') {
          const { resendRequest: _, ...round } = job;
          const next = { ...round, attempt: job.attempt + 1, startsReplay: false };
          await delayedSender.sendAfter({ job: next, ...(request && { request }) }, delaySeconds);
        }
        return { status: 'retrying', nextAttemptAtMs: now() + delaySeconds * 1000 };
      }
      case 'dead':
        await deadLetters.send(job, step.reason);
        return { status: 'dead', reason: step.reason };
    }
  }

  /** @param attempts how many were made, including those before a replay */
  #announceDead(job: DeliveryJob, attempts: number, reason: string): Promise<void> {
    return this.#options.announce({
      type: 'delivery.dead_lettered',
      detail: {
        organization_id: job.organizationId,
        delivery_id: job.deliveryId,
        event_id: job.eventId,
        destination_id: job.destinationId,
        attempts,
        reason,
      },
    });
  }
}

function logFailed(
  { deliveryId, destinationId }: DeliveryJob,
  { number, error, response }: Attempt,
  state: string,
): void {
  const outcome = error?.code ?? response?.statusCode;
  logger.info('attempt failed', { deliveryId, destinationId, attempt: number, outcome, state });
}
