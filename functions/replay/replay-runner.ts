import {
  countSkips,
  delaySecondsOf,
  finalSkips,
  hasSentAll,
  pauseSeconds,
  type QueuePosition,
  type Replay,
  type ReplayFailure,
  type ReplayPosition,
  type ReplayProgress,
  type SkipReason,
  workOf,
} from '../../core/deliveries/replay.ts';
import { DELIVERY_SECONDS, MANAGEMENT_SECONDS, REPLAY_SECONDS } from '../lifetimes.ts';
import type { ReplayMessage } from '../messages/replay.ts';
import { logger } from '../shared/logger.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import { obstacleTo, resendAll } from '../shared/resends.ts';
import type { DestinationStore } from '../stores/config/destinations.ts';
import type { ReplayStore } from '../stores/config/replays.ts';
import { CLEARING_VISIBILITY_SECONDS, type DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { ReplayQueue } from '../stores/replay-queue.ts';
import type { ReplayPages } from './replay-pages.ts';

export interface ReplayRunnerOptions {
  readonly replays: ReplayStore;
  readonly replayQueue: Pick<ReplayQueue, 'send'>;
  readonly destinations: DestinationStore;
  readonly pages: Pick<ReplayPages, 'read'>;
  readonly deliveryQueue: DeliveryQueue;
  readonly deliveryLog: DeliveryLog;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly announce: (event: OperationalEvent) => Promise<void>;
  readonly now: () => number;
}

/**
 * The management function sends the first message before it writes the replay. A replay that is not there a minute and a half
 * after the end of that function, which is two minutes in all, was never written.
 */
const UNWRITTEN_MS = (MANAGEMENT_SECONDS + 91) * 1_000;
const UNWRITTEN_PAUSE_SECONDS = 2;

/**
 * A message is received six times before it goes to the dead-letter queue, and is hidden in between for six times the
 * function's timeout. If it is moved back, its receive count starts again.
 */
const GIVEN_UP_MS = 5 * (6 * REPLAY_SECONDS) * 1_000;

/** About a second's work. */
const MESSAGES_PER_STEP = 500;

/**
 * The delivery function sends a dead letter before it records that the delivery is dead. Half a minute allows for clocks
 * that differ.
 */
const SETTLING_MS = (DELIVERY_SECONDS + 30) * 1_000;

/** For messages that are hidden because another replay has received them at the same time. */
const HIDDEN_PAUSE_SECONDS = 30;
const HIDDEN_WAITS = Math.ceil(CLEARING_VISIBILITY_SECONDS / HIDDEN_PAUSE_SECONDS) + 1;

interface StepResult {
  readonly sent: number;
  readonly skipped: readonly SkipReason[];
  readonly next: ReplayPosition | null;
  /** How long to wait before the next step. */
  readonly pauseSeconds: number;
}

/**
 * Runs the steps of replays. A step sends a page of deliveries, records that, and sends the message of the next step; only
 * then is its own message deleted. So as long as a replay runs, there is either the message of its step, or that of the step
 * before, which finds that its step is recorded, and sends the next message once more. A crash repeats one page at most:
 * deliveries of it that were recorded as sent are found to be so, and if one is sent a second time, its attempt has the same
 * number.
 */
export class ReplayRunner {
  readonly #options: ReplayRunnerOptions;

  constructor(options: ReplayRunnerOptions) {
    this.#options = options;
  }

  /** @throws the error of a step that has failed: its message must come back */
  async run(message: ReplayMessage, receiveCount: number): Promise<void> {
    const replay = await this.#options.replays.get(message.replayId);
    if (!replay) return this.#waitUntilWritten(message);
    const position = workOf(replay);
    if (message.step === replay.step - 1 && this.#isRedelivered(message, receiveCount))
      return this.#sendNextStep(replay, 0);
    if (message.step !== replay.step) return;
    if (!position) return this.#sendNextStep(replay, 0);
    if (receiveCount >= POISON_RECEIVE_COUNT) return this.#fail(replay, 'step_failed');
    const obstacle = await this.#obstacleOf(replay, position);
    if (obstacle) return this.#fail(replay, obstacle);
    const result = await this.#runStep(replay, position);
    const recorded = await this.#options.replays.advance(
      replay,
      progressOf(replay, position, result),
      this.#options.now(),
    );
    // Another copy of this step was recorded, and sends the next one.
    if (!recorded) return;
    return this.#sendNextStep(recorded, result.pauseSeconds);
  }

  /**
   * Whether the message has been received before: the function was killed in its step, or the message was in the dead-letter
   * queue and moved back. One that comes for the first time after its step was recorded is a copy: if it went on, there would
   * be two messages of each later step.
   */
  #isRedelivered({ atMs }: ReplayMessage, receiveCount: number): boolean {
    return receiveCount > 1 || this.#options.now() - atMs > GIVEN_UP_MS;
  }

  async #waitUntilWritten(message: ReplayMessage): Promise<void> {
    const { replayQueue, now } = this.#options;
    if (now() - message.atMs < UNWRITTEN_MS) await replayQueue.send(message, UNWRITTEN_PAUSE_SECONDS);
  }

  /** Clearing the queue sends to no destination, so nothing can be in its way. */
  async #obstacleOf({ selection }: Replay, { part }: ReplayPosition): Promise<ReplayFailure | undefined> {
    const { destinationId } = selection;
    if (destinationId === null || part === 'queue') return undefined;
    return obstacleTo(await this.#options.destinations.get(destinationId));
  }

  async #runStep(replay: Replay, position: ReplayPosition): Promise<StepResult> {
    const { pages, now } = this.#options;
    if (position.part === 'queue') return this.#clearQueue(replay, position);
    const { resends, skipped, next } = await pages.read(replay, position, now());
    const sent = await resendAll(this.#options, resends, now(), (index) => delaySecondsOf(replay, index));
    const overtaken = Array.from({ length: resends.length - sent.length }, () => 'attempted_since' as const);
    return {
      sent: sent.length,
      skipped: [...skipped, ...overtaken],
      next,
      pauseSeconds: pauseSeconds(replay, resends.length),
    };
  }

  /** Checks as many messages as the queue held at the beginning, each about once. */
  async #clearQueue({ startedAtMs }: Replay, { left, waits = 0 }: QueuePosition): Promise<StepResult> {
    const { deadLetterQueue } = this.#options;
    const { visible, hidden } = await deadLetterQueue.depth();
    const toCheck = left ?? visible + hidden;
    const batchSize = Math.min(toCheck, visible, MESSAGES_PER_STEP);
    const seen = batchSize > 0 ? await deadLetterQueue.clear(batchSize, startedAtMs - SETTLING_MS) : 0;
    const remaining = toCheck - seen;
    const done = { sent: 0, skipped: [], next: null, pauseSeconds: 0 };
    if (remaining <= 0 || (seen === 0 && waits === HIDDEN_WAITS)) return done;
    if (seen > 0) return { ...done, next: { part: 'queue', left: remaining, waits } };
    return { ...done, next: { part: 'queue', left: remaining, waits: waits + 1 }, pauseSeconds: HIDDEN_PAUSE_SECONDS };
  }

  async #sendNextStep(replay: Replay, delaySeconds: number): Promise<void> {
    const { replayQueue, now } = this.#options;
    if (hasSentAll(replay)) await this.#complete(replay);
    if (!workOf(replay)) return;
    const { id: replayId, organizationId, step } = replay;
    await replayQueue.send({ replayId, organizationId, step, atMs: now() }, delaySeconds);
  }

  /**
   * Completes the replay before the queue is cleared. By then everything has been sent, which is what callers wait for; clearing
   * is housekeeping, and may take minutes while other replays do it, too.
   */
  async #complete(replay: Replay): Promise<void> {
    const { replays, announce, now } = this.#options;
    const ended = await replays.end(replay, 'completed', now());
    if (ended) await announce({ type: 'replay.completed', detail: detailOf(ended) });
  }

  async #fail(replay: Replay, reason: ReplayFailure): Promise<void> {
    const { replays, announce, now } = this.#options;
    logger.error('a replay failed', { replayId: replay.id, step: replay.step, reason });
    const ended = await replays.end(replay, 'failed', now(), reason);
    if (ended) await announce({ type: 'replay.failed', detail: { ...detailOf(ended), reason } });
  }
}

/**
 * @param at where the step began. A cancelled replay also reaches the queue, but without having gone through all of its lists.
 */
function progressOf(replay: Replay, at: ReplayPosition, { sent, skipped: reasons, next }: StepResult): ReplayProgress {
  const replayed = replay.replayed + sent;
  const skipped = countSkips(reasons, replay.skipped);
  const hasReadLists = at.part !== 'queue' && (next === null || next.part === 'queue');
  return { replayed, skipped: hasReadLists ? finalSkips({ ...replay, replayed, skipped }) : skipped, position: next };
}

function detailOf({ id, organizationId, selection, replayed, skipped }: Replay) {
  return {
    organization_id: organizationId,
    replay_id: id,
    destination_id: selection.destinationId,
    replayed,
    skipped,
  };
}
