import type { DestinationId } from '../../../core/ids.ts';
import { isPaced } from '../../../core/pace/pace.ts';
import type { LineMessage } from '../../messages/line.ts';
import type { LineLease, LineProgress } from '../../stores/deliveries/line-progress.ts';
import { LEASE_SECONDS, type LineRow } from '../../stores/deliveries/lines.ts';
import type { LineRunnerOptions } from './options.ts';
import type { LineEnd } from './results.ts';
import { LineRun } from './run.ts';
import { MOST_ROWS } from './view.ts';

/** A message for something new leaves a sleeping line alone, unless the line wakes this soon anyway. */
const ALMOST_AWAKE_MS = 5_000;

/**
 * If the line wakes within this time from now, the message for that may already have come while the line was taken. It does not
 * come early, because delays are whole seconds, rounded up. This is for clocks that differ, on AWS by some milliseconds. If it
 * were longer, run after run would send another message for a wake that already has one, and in a line of short retries the
 * messages would multiply.
 */
const MAY_COME_MS = 100;

/** The delay of a message for a run that is due at once. It is sent when the line has been left. */
const ONCE_LEFT_SECONDS = 1;

/**
 * Works off the lines of destinations that have a pace. Only one function instance at a time works off a line. So it knows,
 * without asking anybody, when the next delivery may begin, how many are under way, and what came before them.
 *
 * Each run is started by a message. Whoever puts something in the line sends one afterwards, and a run sends one for what must
 * wait. A message that finds the line taken is dropped, so a run looks at the line once more after it has left it. If a run
 * dies, its own message comes again, and is not dropped.
 */
export class LineRunner {
  readonly #options: LineRunnerOptions;

  constructor(options: LineRunnerOptions) {
    this.#options = options;
  }

  /** @param isRepeated whether the message has been received before, and so may belong to a run that died */
  async run(message: LineMessage, isRepeated: boolean): Promise<void> {
    const { lines, delayedSender, destination, now } = this.#options;
    const { destinationId, notBeforeMs } = message;
    // The same tolerance as in `isToCome`: a message that this run acts on must not be counted on to come later.
    if (await delayedSender.postponeIfEarly(message, MAY_COME_MS)) return;
    const pace = (await destination(destinationId))?.pace;
    // Most destinations have no line. But one that no longer has a pace may still have a line to be worked off.
    if (!(pace && isPaced(pace)) && (await lines.peek(destinationId, 1)).length === 0) return;
    const nowMs = now();
    const awakeByMs = notBeforeMs === undefined ? nowMs + ALMOST_AWAKE_MS : undefined;
    const lease = await lines.take(destinationId, nowMs, awakeByMs);
    if (!lease) return isRepeated ? this.#runAfterLease(message) : undefined;
    const run = new LineRun(this.#options, lease, pace);
    const end = await run.run();
    await this.#release(lease, run, end);
    await this.#lookOnceMore(destinationId, end, run.seen);
  }

  /**
   * Gives the line back. Nothing of the run is under way any more, even if it is broken.
   * @throws what broke the run, or kept the next one from being promised: the message of this run comes back instead
   */
  async #release(lease: LineLease, run: LineRun, end: LineEnd): Promise<void> {
    const { lines } = this.#options;
    try {
      if (end.kind === 'broken') throw end.error;
      const promise = await this.#promise(end, lease);
      await lines.release(lease, { ...run.progress, ...promise });
      await this.#promiseAgain(lease, end, promise);
    } catch (error) {
      // Keeps the lease until it expires. Otherwise each new event would start another failing run, and each failing run leaves one
      // more message that comes back.
      await lines.holdUntilExpiry(lease, { ...run.progress, ...this.#promised(lease) });
      throw error;
    }
  }

  /**
   * The run that has the line may be dead. Normally a message comes back after nine minutes, when the lease of its run is over.
   * It comes at once if it is a second copy of SQS's, or if the stack on one machine has been restarted: then the lease still
   * holds, and this may be the last message, so it is sent again for the time after.
   */
  async #runAfterLease(message: LineMessage): Promise<void> {
    await this.#options.queue.send(message, LEASE_SECONDS);
  }

  /**
   * Sends the message of the next run, for the time when the line wakes. This comes before the line is left asleep: a crash in
   * between repeats this run.
   */
  async #promise(
    end: Exclude<LineEnd, { readonly kind: 'broken' }>,
    lease: LineLease,
  ): Promise<Omit<LineProgress, 'freeFromUs'>> {
    const { delayedSender, now } = this.#options;
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
        // If the time is too near for that, `#promiseAgain` sends the message once the line has been left, and nobody sends it
        // here: two messages would each find the line free, and each of the two runs would send two more.
        if (isToCome(atMs, now())) {
          const delaySeconds = Math.ceil((atMs - now()) / 1000);
          await delayedSender.sendAfter({ kind: 'line', destinationId, notBeforeMs: atMs }, delaySeconds);
        }
        return { wakeAtMs: atMs, isAsleep };
      }
    }
  }

  /**
   * Sends the message of a next run that is due at once, after the line has been left: otherwise it might come first, find the
   * line taken, and be dropped. If the function crashes in between, the message of this run comes back, to a line that is free.
   */
  async #promiseAgain(
    { destinationId }: LineLease,
    end: LineEnd,
    { wakeAtMs }: Omit<LineProgress, 'freeFromUs'>,
  ): Promise<void> {
    const { queue, now } = this.#options;
    if (end.kind === 'out_of_time') return queue.send({ kind: 'line', destinationId });
    if (end.kind !== 'later' || wakeAtMs === undefined || isToCome(wakeAtMs, now())) return;
    // With a delay: a run that comes before the wake, by less than the tolerance, would end here again and again.
    await queue.send({ kind: 'line', destinationId, notBeforeMs: wakeAtMs }, ONCE_LEFT_SECONDS);
  }

  /** The wake that an earlier run has sent a message for, if that is still to come. */
  #promised({ wakeAtMs }: LineLease): Pick<LineProgress, 'wakeAtMs'> {
    return wakeAtMs !== undefined && isToCome(wakeAtMs, this.#options.now()) ? { wakeAtMs } : {};
  }

  /** What arrived during the run has sent its message, which found the line taken and was dropped. */
  async #lookOnceMore(destinationId: DestinationId, end: LineEnd, seen: ReadonlySet<string>): Promise<void> {
    const { lines, queue, now } = this.#options;
    const waitsFor = end.kind === 'later' ? end.waitsFor : undefined;
    if ((end.kind !== 'nothing_left' && end.kind !== 'later') || waitsFor === 'slot' || waitsFor === 'pauses') return;
    const unseen = (await lines.peek(destinationId, MOST_ROWS)).filter(({ position }) => !seen.has(position));
    if (waitsFor === 'retry') {
      // The line sleeps by now. Of all that may have arrived, only a retry by hand may wake it.
      if (unseen.some(isRetry)) await queue.send({ kind: 'line', destinationId, notBeforeMs: now() });
    } else if (unseen.length > 0) {
      await queue.send({ kind: 'line', destinationId });
    }
  }
}

function isRetry({ entries }: LineRow): boolean {
  return entries.some(({ job }) => job.attempt > job.roundStart);
}

/** Whether the message of a wake will find the line left, if it is left now. */
function isToCome(wakeAtMs: number, nowMs: number): boolean {
  return wakeAtMs > nowMs + MAY_COME_MS;
}
