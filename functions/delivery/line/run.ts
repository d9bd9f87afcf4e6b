import { attemptName, nextJob } from '../../../core/deliveries/delivery.ts';
import type { AttemptOutcome } from '../../../core/figures/destination-figures.ts';
import type { DeliveryId } from '../../../core/ids.ts';
import { concurrencyOf, NO_PACE, type Pace } from '../../../core/pace/pace.ts';
import { Semaphore } from '../../shared/semaphore.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineLease, LineProgress } from '../../stores/deliveries/line-progress.ts';
import type { LineRow } from '../../stores/deliveries/lines.ts';
import { TIME_TO_START_MS } from '../time-to-start.ts';
import { type Next, nextChunk } from './chunk.ts';
import { LineFailures } from './failures.ts';
import type { LineRunnerOptions } from './options.ts';
import { type LineEnd, NOT_BEGUN, OUT_OF_TIME, type TurnResult } from './results.ts';
import { Slots } from './slots.ts';
import { LineTurns, turnOf } from './turns.ts';
import { isInLine, LineView } from './view.ts';

/** How long a row that was read is relied on. Then it is read anew, so that a cancel meanwhile is noticed. */
const FRESH_MS = 5_000;
/** How often a run looks for arrivals while its last deliveries are under way. Each look is a read. */
const LOOK_AGAIN_MS = 250;
/** As many rows of deliveries as one read may ask for. */
const MAX_CHUNK = 100;

/** What was read together, and until when it is relied on. */
interface Read {
  readonly rows: readonly LineRow[];
  readonly states: ReadonlyMap<DeliveryId, StoredDelivery>;
  readonly freshUntilMs: number;
}

/** One run along the line of a destination. It has the lease, so nobody else works off the line meanwhile. */
export class LineRun {
  readonly #options: LineRunnerOptions;
  readonly #lease: LineLease;
  readonly #pace: Pace;
  readonly #semaphore: Semaphore;
  readonly #slots: Slots;
  readonly #endMs: number;
  readonly #outcomes: AttemptOutcome[] = [];
  readonly #turns = new LineTurns();
  readonly #view: LineView;
  readonly #failures: LineFailures;
  #end: LineEnd | undefined;
  #broken: Extract<LineEnd, { readonly kind: 'broken' }> | undefined;

  /** @param pace the destination's pace when the run begins */
  constructor(options: LineRunnerOptions, lease: LineLease, pace: Pace = NO_PACE) {
    this.#options = options;
    this.#lease = lease;
    this.#pace = pace;
    this.#view = new LineView(options, lease.destinationId);
    this.#failures = new LineFailures(options, lease.stuck);
    this.#semaphore = new Semaphore(concurrencyOf(pace));
    const { now, pause } = options;
    const { rateLimit } = pace;
    this.#endMs = now() + TIME_TO_START_MS;
    this.#slots = new Slots({ rateLimit, freeFromUs: lease.freeFromUs, endMs: this.#endMs, now, pause });
  }

  /** What the next run must know, however this one ends. */
  get progress(): Pick<LineProgress, 'freeFromUs' | 'stuck'> {
    return { freeFromUs: this.#slots.freeFromUs, stuck: this.#failures.stuck };
  }

  /** The positions of all rows that it has looked at. */
  get seen(): ReadonlySet<string> {
    return this.#view.seen;
  }

  /** When the promise resolves, nothing of the run is under way any more, even if the run is broken. */
  async run(): Promise<LineEnd> {
    await this.#workOff().catch((error) => this.#break(error));
    await this.#turns.over();
    await this.#options.outcomes.countNow(this.#lease.destinationId, this.#outcomes);
    if (!this.#broken) await this.#view.removeDone().catch((error) => this.#break(error));
    if (this.#broken) return this.#broken;
    // Many failures decide, even if the run was ending for another reason when they happened.
    return this.#failures.areMany ? this.#afterWaits() : (this.#end ?? OUT_OF_TIME);
  }

  async #workOff(): Promise<void> {
    while (this.#isInTime() && !this.#isEnding) {
      const rows = await this.#view.peek();
      this.#turns.endWaitsRetriedByHand(rows);
      const chunk = nextChunk(rows, this.#pace, (one) => this.#mayGo(one), this.#chunkSize());
      if (chunk.length === 0) await this.#nothingToBegin();
      else if (this.#slots.isNear) await this.#begin(chunk, rows);
      else await this.#untilSlotIsNear();
    }
  }

  /** Whether nothing more begins. */
  get #isEnding(): boolean {
    return this.#end !== undefined || this.#failures.areMany;
  }

  /** What is under way is still waited for: once the function has answered, Lambda freezes it with everything in it. */
  #break(error: unknown): void {
    this.#broken ??= { kind: 'broken', error };
    this.#end ??= OUT_OF_TIME;
  }

  #mayGo(one: LineEntry): boolean {
    return this.#turns.isFree(turnOf(one), one.job.deliveryId) && !this.#view.isDone(one);
  }

  async #nothingToBegin(): Promise<void> {
    if (this.#view.widen()) return;
    if (!this.#turns.areOver) {
      await Promise.race([this.#turns.over(), this.#options.pause(LOOK_AGAIN_MS)]);
    } else {
      this.#end = this.#afterWaits();
    }
  }

  /** The end of a run that leaves nothing but what waits. */
  #afterWaits(): LineEnd {
    const { pausedUntilMs } = this.#failures;
    if (pausedUntilMs !== undefined) return { kind: 'later', atMs: pausedUntilMs, waitsFor: 'pauses' };
    const atMs = this.#turns.earliestWaitEndMs;
    if (atMs === undefined) return { kind: 'nothing_left' };
    return { kind: 'later', atMs, waitsFor: this.#pace.ordering === 'fifo' ? 'retry' : 'retries_of_keys' };
  }

  /** No more than can begin while their rows are fresh. */
  #chunkSize(): number {
    return Math.min(MAX_CHUNK, Math.max(1, this.#slots.countWithin(FRESH_MS)));
  }

  /** Reads nothing meanwhile: it would be stale by then. */
  async #untilSlotIsNear(): Promise<void> {
    this.#endIfNoSlotIsLeft();
    if (!this.#end) await this.#slots.near();
  }

  #endIfNoSlotIsLeft(): void {
    const atMs = this.#slots.tooLateMs;
    if (atMs !== undefined) this.#end ??= { kind: 'later', atMs, waitsFor: 'slot' };
  }

  #isInTime(): boolean {
    const isOver = this.#options.now() >= this.#endMs;
    if (isOver) this.#end ??= OUT_OF_TIME;
    return !isOver;
  }

  async #waitForSlot(): Promise<boolean> {
    if (!this.#isInTime()) return false;
    const taken = await this.#slots.take(() => this.#isInTime() && !this.#isEnding);
    if (!taken) this.#endIfNoSlotIsLeft();
    return taken;
  }

  /**
   * Begins all turns at once; the semaphore lets only some of them proceed. Looks for more before the last ones are done, so
   * that a delivery that hangs delays only those that must wait for it.
   */
  async #begin(chunk: readonly Next[], rows: readonly LineRow[]): Promise<void> {
    const { reader, now } = this.#options;
    const freshUntilMs = now() + FRESH_MS;
    const read = { rows, states: await reader.getMany(chunk.map(({ job }) => job)), freshUntilMs };
    for (const [turn, ones] of Map.groupBy(chunk, turnOf)) {
      const work = this.#takeTurns(turn, ones, read).catch((error) => this.#break(error));
      const deliveries = ones.map(({ job }) => job.deliveryId);
      this.#turns.begin(turn, deliveries, work);
    }
    await this.#turns.nearlyOver(Math.floor(this.#chunkSize() / 4));
  }

  async #takeTurns(turn: string, ones: readonly Next[], read: Read): Promise<void> {
    for (const one of ones) {
      const taken = await this.#semaphore.use(() => this.#takeTurn(one, read));
      if (taken.kind === 'held' || taken.kind === 'not_begun') return;
      if (taken.kind === 'stuck') return this.#turns.beginWait(turn, taken);
      this.#failures.passed(one);
      if (taken.outcome) this.#outcomes.push(taken.outcome);
      if (taken.kind === 'waits') this.#turns.beginWait(turn, taken);
      if (taken.kind !== 'done') return;
      this.#view.markDone(one);
    }
  }

  async #takeTurn(one: Next, { rows, states, freshUntilMs }: Read): Promise<TurnResult> {
    const { deliveries, now } = this.#options;
    if (this.#isEnding || now() > freshUntilMs || !this.#isInTime()) return NOT_BEGUN;
    const row = states.get(one.job.deliveryId);
    try {
      const known = {
        row,
        // A retry by hand may be in the line, as the delivery's next attempt, before the row says so.
        isRetriedByHand: row !== undefined && isInLine(attemptName(nextJob(row)), rows),
        stuckUntilMs: this.#failures.stuckUntilMs(one),
      };
      const taken = await deliveries.take(one, known, {
        // It may have waited to be prepared, and have been cancelled since its row was read. Once the row is too old, it is not
        // begun, and read anew.
        mayStart: () => this.#isInTime() && now() <= freshUntilMs,
        closesAtMs: Math.min(this.#endMs, freshUntilMs),
        waitForSlot: () => this.#waitForSlot(),
      });
      if (taken.kind === 'held') this.#end ??= taken;
      return taken;
    } catch (error) {
      return this.#failures.add(one, row, error as Error);
    }
  }
}
