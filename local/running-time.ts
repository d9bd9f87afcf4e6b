import type { Clock, EpochMs, Timer } from './clock.ts';
import type { Database } from './database.ts';

/** How often a running process records that it runs. */
const HEARTBEAT_MS = 5 * 60 * 1000;

/** If longer than this passes without a record, nothing ran meanwhile. Two heartbeats, so that one may come late. */
const LONGEST_GAP_MS = 2 * HEARTBEAT_MS;

/** A stretch of time in which a process ran, without a pause. */
interface Span {
  readonly id: number;
  readonly beganMs: EpochMs;
  endedMs: EpochMs;
}

/** A stretch of time in which nothing ran: no process, or one on a machine that was asleep. */
interface Pause {
  readonly fromMs: EpochMs;
  readonly untilMs: EpochMs;
}

/**
 * Measures age by the time in which the stack was running.
 *
 * AWS is never switched off, but a machine is, for a night or for a holiday. What was accepted before must not be too old
 * afterwards, so whatever ages here (messages, stream records, retries) ages only while the process runs.
 *
 * A process can't record its own end if it is killed or the machine falls asleep, so it records periodically that it runs. The
 * time before the first record counts as a pause as well.
 */
export class RunningTime {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #pauses: Pause[] = [];
  #span: Span | undefined;
  #timer: Timer | undefined;
  #isRecordMissing = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.define(`
      CREATE TABLE IF NOT EXISTS running_time (
        id INTEGER PRIMARY KEY,
        began_ms INTEGER NOT NULL,
        ended_ms INTEGER NOT NULL
      ) STRICT;`);
    for (const row of database.statement('SELECT * FROM running_time ORDER BY id').all()) {
      this.#begin({ id: Number(row.id), beganMs: Number(row.began_ms), endedMs: Number(row.ended_ms) });
    }
    // A separate transaction, because the services use it before the first group commit.
    this.#store(this.#extendSpan());
  }

  /** Starts recording that the process runs. */
  start(): void {
    this.#timer ??= this.#clock.setTimer(HEARTBEAT_MS, () => {
      void this.#record();
      this.#timer = undefined;
      this.start();
    });
  }

  async stop(): Promise<void> {
    if (!this.#timer) return;
    this.#timer.cancel();
    await this.#record();
    this.#timer = undefined;
  }

  /**
   * The moment since which the stack has been running for `durationMs`, pauses excluded. Anything from that moment or earlier is
   * at least that old.
   */
  startOfLast(durationMs: number): EpochMs {
    this.#refresh();
    let beginMs = this.#clock.nowMs() - durationMs;
    for (const { fromMs, untilMs } of this.#pauses.toReversed()) {
      if (beginMs >= untilMs) break;
      beginMs -= untilMs - fromMs;
    }
    return beginMs;
  }

  /** For how many milliseconds nothing has run since that time. */
  pausedMsSince(timeMs: EpochMs): number {
    this.#refresh();
    let pausedMs = 0;
    for (const { fromMs, untilMs } of this.#pauses.toReversed()) {
      if (timeMs >= untilMs) break;
      pausedMs += untilMs - Math.max(fromMs, timeMs);
    }
    return pausedMs;
  }

  /**
   * After a sleep, this may be called before the timer has fired. Without the timer, a long gap between records means nothing.
   */
  #refresh(): void {
    if (this.#timer) this.#extendSpan();
  }

  /** Extends the current span until now, or begins a new one if too much time has passed. */
  #extendSpan(): Span {
    const nowMs = this.#clock.nowMs();
    if (!this.#span || nowMs - this.#span.endedMs > LONGEST_GAP_MS) {
      return this.#begin({ id: (this.#span?.id ?? 0) + 1, beganMs: nowMs, endedMs: nowMs });
    }
    // The clock was ahead when it began.
    if (nowMs < this.#span.beganMs) return this.#begin({ id: this.#span.id, beganMs: nowMs, endedMs: nowMs });
    this.#span.endedMs = nowMs;
    return this.#span;
  }

  /** If the clock was ahead meanwhile, no pause lasts until a time that has not come yet: nothing would age until then. */
  #begin(span: Span): Span {
    let fromMs = this.#span?.endedMs ?? Number.NEGATIVE_INFINITY;
    for (let last = this.#pauses.at(-1); last && last.untilMs > span.beganMs; last = this.#pauses.at(-1)) {
      fromMs = Math.min(fromMs, last.fromMs);
      this.#pauses.pop();
    }
    if (fromMs < span.beganMs) this.#pauses.push({ fromMs, untilMs: span.beganMs });
    this.#span = span;
    return span;
  }

  /** A record that can't be written only makes the next pause longer, so that things are kept for longer. */
  async #record(): Promise<void> {
    const span = this.#extendSpan();
    try {
      await this.#database.write(() => this.#store(span));
      this.#isRecordMissing = false;
    } catch (error) {
      if (!this.#isRecordMissing) {
        process.stderr.write(
          `hawser: can't record that this process runs, so what it keeps may be kept for longer: ${String(error)}\n`,
        );
      }
      this.#isRecordMissing = true;
    }
  }

  #store({ id, beganMs, endedMs }: Span): void {
    this.#database
      .statement('INSERT OR REPLACE INTO running_time (id, began_ms, ended_ms) VALUES (?, ?, ?)')
      .run(id, beganMs, endedMs);
  }
}
