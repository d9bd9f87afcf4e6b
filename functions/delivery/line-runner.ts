import type { DestinationId } from '../../core/ids.ts';
import { isPaced } from '../../core/pace.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import type { LineMessage } from '../messages/line.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { LineLease, LineProgress, Stuck } from '../stores/deliveries/line-progress.ts';
import { LEASE_SECONDS, type LineRow, type LineStore } from '../stores/deliveries/lines.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { LineDeliveries } from './line-delivery.ts';
import type { Failed, LineEnd } from './line-end.ts';
import { LineRun } from './line-run.ts';
import { pauseSeconds } from './line-stuck.ts';
import { MOST_ROWS } from './line-view.ts';
import type { Outcomes } from './outcomes.ts';
import type { Retries } from './retries.ts';

export interface LineRunnerOptions {
  readonly lines: LineStore;
  readonly reader: DeliveryReader;
  readonly deliveries: LineDeliveries;
  readonly outcomes: Outcomes;
  readonly queue: DeliveryQueue;
  readonly retries: Retries;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Who brings something new to a line that wakes so soon looks at it all the same. */
const ALMOST_AWAKE_MS = 5_000;

/** The message of a pause that ends no later than this from now may have come while the line was taken. */
const PAUSE_MAY_HAVE_ENDED_MS = 5_000;

/**
 * The same of a wake, whose message does not come early: delays are whole seconds, rounded up. This is for clocks that differ, on AWS by
 * some milliseconds. Were it longer, run after run would send a message for a wake that has one, and in a line of short retries they
 * would become more and more.
 */
const MAY_COME_MS = 100;

/** How much later what is to come at once is sent, once the line is left. */
const ONCE_LEFT_SECONDS = 1;

/**
 * Works off the lines of the destinations that have a pace. Only one function instance works off a line at a time, which so
 * knows without asking when the next delivery may begin, how many are under way, and what was before them.
 *
 * A line is worked off because of a message, which is sent after what stands in the line: by whatever puts something in, and by
 * the run itself for what must wait. One that finds another run at it is dropped, so a run that leaves the line looks once more.
 * Should a run die, its own message comes again, and is not dropped.
 */
export class LineRunner {
  readonly #options: LineRunnerOptions;

  constructor(options: LineRunnerOptions) {
    this.#options = options;
  }

  /** @param isRepeated whether the message has been received before, and so may be that of a run that died */
  async run(message: LineMessage, isRepeated: boolean): Promise<void> {
    const { lines, retries, destination, now } = this.#options;
    const { destinationId, notBeforeMs } = message;
    // By the measure of `isToCome`: a message that this run takes must not be counted on as one that is to come.
    if (await retries.postponed(message, MAY_COME_MS)) return;
    const pace = (await destination(destinationId))?.pace;
    // Most have no line. But one that has no pace any more may still have one, and be called for the same reasons.
    if (!(pace && isPaced(pace)) && (await lines.look(destinationId, 1)).length === 0) return;
    const nowMs = now();
    const awakeByMs = notBeforeMs === undefined ? nowMs + ALMOST_AWAKE_MS : undefined;
    const lease = await lines.take(destinationId, nowMs, awakeByMs);
    if (!lease) return isRepeated ? this.#runAfterLease(message) : undefined;
    const run = new LineRun(this.#options, lease, pace);
    const end = await run.run();
    await this.#leave(lease, run, end);
    await this.#lookOnceMore(destinationId, end, run.seen);
  }

  /**
   * Nothing of the run is under way any more, also where it is broken.
   * @throws what has broken the run, or the promise of the next one: the message comes back in its place
   */
  async #leave(lease: LineLease, run: LineRun, end: LineEnd): Promise<void> {
    const { lines } = this.#options;
    try {
      if (end.kind === 'broken') throw end.error;
      const promise = await this.#promise(end, lease);
      await lines.leave(lease, { ...run.progress, ...promise });
      await this.#promiseAgain(lease, end, promise);
    } catch (error) {
      await lines.keep(lease, { ...run.progress, ...this.#promised(lease) });
      throw error;
    }
  }

  /**
   * The run that has the line may be dead. A message comes back after nine minutes, but at once where one machine starts again, or
   * SQS has a second copy: then the lease goes on, and this may be the last message.
   */
  async #runAfterLease(message: LineMessage): Promise<void> {
    await this.#options.queue.send(message, LEASE_SECONDS);
  }

  /** Has the next run come when the line is to wake. Before the line is left asleep: a crash in between repeats this run. */
  async #promise(
    end: Exclude<LineEnd, { readonly kind: 'broken' }>,
    lease: LineLease,
  ): Promise<Omit<LineProgress, 'freeFromUs'>> {
    const { retries, now } = this.#options;
    const { destinationId } = lease;
    const promised = this.#promised(lease);
    switch (end.kind) {
      case 'nothing_left':
      case 'held':
      case 'out_of_time':
        return promised;
      case 'later': {
        const { atMs, waitsFor } = end;
        const isAsleep = waitsFor !== 'retries_of_keys';
        if (promised.wakeAtMs !== undefined && promised.wakeAtMs <= atMs) return { ...promised, isAsleep };
        // Sooner, it is sent once the line is left, and only then: each of two messages would find the line free, and make two more.
        if (isToCome(atMs, now())) {
          const delaySeconds = Math.ceil((atMs - now()) / 1000);
          await retries.send({ kind: 'line', destinationId, notBeforeMs: atMs }, delaySeconds);
        }
        return { wakeAtMs: atMs, isAsleep };
      }
      case 'failed':
        return { ...promised, stuck: await this.#pauseAfter(end, lease) };
    }
  }

  /**
   * Has the next run come where it is to come at once: after the line is left, which may take longer than the message, and a message
   * that finds the line taken is dropped. A crash in between leaves the message of this run, which comes back to a line that is free.
   */
  async #promiseAgain(
    { destinationId }: LineLease,
    end: LineEnd,
    { wakeAtMs }: Omit<LineProgress, 'freeFromUs'>,
  ): Promise<void> {
    const { queue, now } = this.#options;
    if (end.kind === 'out_of_time') return queue.send({ kind: 'line', destinationId });
    if (end.kind !== 'later' || wakeAtMs === undefined || isToCome(wakeAtMs, now())) return;
    // Later rather than at once: a run that comes before the time, within the tolerance of a wake, would end here again and again.
    await queue.send({ kind: 'line', destinationId, notBeforeMs: wakeAtMs }, ONCE_LEFT_SECONDS);
  }

  /** The message that an earlier run has promised, if it is still to come. */
  #promised({ wakeAtMs }: LineLease): Pick<LineProgress, 'wakeAtMs'> {
    return wakeAtMs !== undefined && isToCome(wakeAtMs, this.#options.now()) ? { wakeAtMs } : {};
  }

  /** Has what has failed tried again. A pause that has begun before ends when it was to end, however many events come meanwhile. */
  async #pauseAfter({ stuck }: Failed, { destinationId, stuck: before }: LineLease): Promise<Stuck> {
    const { retries, now } = this.#options;
    const message = { kind: 'line', destinationId } as const;
    if (stuck !== before) {
      const seconds = pauseSeconds(stuck);
      await retries.send(message, seconds);
      return { ...stuck, untilMs: now() + seconds * 1000 };
    }
    // Its message is still to come, unless it may just have found the line taken; another one must not come before that is left.
    const mayHaveCome = before.untilMs <= now() + PAUSE_MAY_HAVE_ENDED_MS;
    if (mayHaveCome) await retries.send(message, PAUSE_MAY_HAVE_ENDED_MS / 1000);
    return before;
  }

  /** What came while the line was worked off has sent its message then, which was dropped. */
  async #lookOnceMore(destinationId: DestinationId, end: LineEnd, seen: ReadonlySet<string>): Promise<void> {
    const { lines, queue, now } = this.#options;
    const waitsFor = end.kind === 'later' ? end.waitsFor : undefined;
    if ((end.kind !== 'nothing_left' && end.kind !== 'later') || waitsFor === 'slot') return;
    const unseen = (await lines.look(destinationId, MOST_ROWS)).filter(({ position }) => !seen.has(position));
    if (waitsFor === 'retry') {
      // It sleeps by now, and of what may have come is only to be woken by a retry that was asked for.
      if (unseen.some(isRetry)) await queue.send({ kind: 'line', destinationId, notBeforeMs: now() });
    } else if (unseen.length > 0) {
      await queue.send({ kind: 'line', destinationId });
    }
  }
}

function isRetry({ waiting }: LineRow): boolean {
  return waiting.some(({ job }) => job.attempt > job.roundStart);
}

/** Whether the message of a wake comes to a line that is left now. */
function isToCome(wakeAtMs: number, nowMs: number): boolean {
  return wakeAtMs > nowMs + MAY_COME_MS;
}
