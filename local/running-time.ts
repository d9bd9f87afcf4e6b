import type { Clock, EpochMs, Timer } from './clock.ts';
import type { Database } from './database.ts';

/** How often a running process notes that it runs. */
const BEAT_MS = 5 * 60 * 1000;

/** If longer than this passes without a note, nothing ran meanwhile. Two beats, so that one may come late. */
const LONGEST_GAP_MS = 2 * BEAT_MS;

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
 * How long things have been kept while something could take them.
 *
 * AWS is never switched off, but a machine is, for a night or for a holiday. What was accepted before must not be too old
 * afterwards, so whatever ages here (messages, stream records, retries) ages only while the process runs.
 *
 * A process can't note its own end if it is killed or the machine falls asleep, so it notes from time to time that it runs. The
 * time before the first note counts as a pause as well.
 */
export class RunningTime {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #pauses: Pause[] = [];
  #span: Span | undefined;
  #timer: Timer | undefined;
  #isNoteMissing = false;

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
    // A transaction of its own, because the services ask before the first group commit.
    this.#store(this.#now());
  }

  /** Begins to note that the process runs. */
  start(): void {
    this.#timer ??= this.#clock.setTimer(BEAT_MS, () => {
      void this.#note();
      this.#timer = undefined;
      this.start();
    });
  }

  async stop(): Promise<void> {
    if (!this.#timer) return;
    this.#timer.cancel();
    await this.#note();
    this.#timer = undefined;
  }

  /** What came at this time, or earlier, has been here for `durationMs` without the pauses. */
  beginOfLast(durationMs: number): EpochMs {
    this.#lookUp();
    let beginMs = this.#clock.nowMs() - durationMs;
    for (const { fromMs, untilMs } of this.#pauses.toReversed()) {
      if (beginMs >= untilMs) break;
      beginMs -= untilMs - fromMs;
    }
    return beginMs;
  }

  /** How long nothing ran since then. */
  pausedSince(timeMs: EpochMs): number {
    this.#lookUp();
    let pausedMs = 0;
    for (const { fromMs, untilMs } of this.#pauses.toReversed()) {
      if (timeMs >= untilMs) break;
      pausedMs += untilMs - Math.max(fromMs, timeMs);
    }
    return pausedMs;
  }

  /** After a sleep, somebody may ask before the timer has fired. Without the timer, nothing can be told from a long silence. */
  #lookUp(): void {
    if (this.#timer) this.#now();
  }

  /** The present span, until now. If too much time has passed, it is a new one. */
  #now(): Span {
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

  /** A note that is not written makes the next pause longer, so that things are kept for longer. */
  async #note(): Promise<void> {
    const span = this.#now();
    try {
      await this.#database.write(() => this.#store(span));
      this.#isNoteMissing = false;
    } catch (error) {
      if (!this.#isNoteMissing) {
        process.stderr.write(
          `hawser: can't note that this process runs, so what it keeps may be kept for longer: ${String(error)}\n`,
        );
      }
      this.#isNoteMissing = true;
    }
  }

  #store({ id, beganMs, endedMs }: Span): void {
    this.#database
      .statement('INSERT OR REPLACE INTO running_time (id, began_ms, ended_ms) VALUES (?, ?, ?)')
      .run(id, beganMs, endedMs);
  }
}
