import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { RunningTime } from '../running-time.ts';
import { STREAM_RETENTION_MS } from './limits.ts';
import { integerOf, optionalTextOf, type Row, textOf } from './sqlite-row.ts';
import type { StreamIdentity, StreamViewType } from './table.ts';

export type StreamEventName = 'INSERT' | 'MODIFY' | 'REMOVE';

/** A change of one item, as the writer reports it. Images are wire JSON. */
export interface ItemChange {
  readonly eventName: StreamEventName;
  readonly keys: string;
  readonly keysSize: number;
  readonly newImage: string | undefined;
  readonly newSize: number;
  readonly oldImage: string | undefined;
  readonly oldSize: number;
  /** Removed by the sweep of expired items, not by a user. */
  readonly byService: boolean;
}

/** A record as it is stored: the images are those of the stream's view type. */
export interface LoggedChange {
  readonly sequence: number;
  readonly createdMs: number;
  readonly eventName: StreamEventName;
  readonly keys: string;
  readonly newImage: string | undefined;
  readonly oldImage: string | undefined;
  /** Bytes of keys and images. */
  readonly size: number;
  readonly byService: boolean;
}

const viewShowsNew: Record<StreamViewType, boolean> = {
  KEYS_ONLY: false,
  NEW_IMAGE: true,
  OLD_IMAGE: false,
  NEW_AND_OLD_IMAGES: true,
};
const viewShowsOld: Record<StreamViewType, boolean> = {
  KEYS_ONLY: false,
  NEW_IMAGE: false,
  OLD_IMAGE: true,
  NEW_AND_OLD_IMAGES: true,
};

/**
 * The durable records of all streams, one SQLite table for each stream, in commit order.
 *
 * Records are kept for 24 hours, as by the real service. Time in which nothing ran doesn't count, so that records that were not
 * read before a weekend are not lost.
 */
export class StreamLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #runningTime: RunningTime;
  readonly #lastSequences = new Map<number, number>();
  readonly #listeners = new Map<number, Set<() => void>>();
  readonly #toNotify = new Set<number>();

  constructor(database: Database, clock: Clock, runningTime: RunningTime) {
    this.#database = database;
    this.#clock = clock;
    this.#runningTime = runningTime;
  }

  /** Makes the stream's records readable and writable. Must run before anything else touches the stream. */
  open(stream: StreamIdentity): void {
    this.#database.define(`
      CREATE TABLE IF NOT EXISTS ${tableName(stream)} (
        sequence INTEGER PRIMARY KEY,
        created_ms INTEGER NOT NULL,
        event_name TEXT NOT NULL,
        keys TEXT NOT NULL,
        new_image TEXT,
        old_image TEXT,
        size INTEGER NOT NULL,
        by_service INTEGER NOT NULL
      )`);
    if (this.#lastSequences.has(stream.id)) return;
    const newest = this.#database
      .statement(`SELECT sequence FROM ${tableName(stream)} ORDER BY sequence DESC LIMIT 1`)
      .get();
    this.#lastSequences.set(stream.id, newest ? integerOf(newest, 'sequence') : 0);
  }

  drop(stream: StreamIdentity): void {
    this.#database.define(`DROP TABLE IF EXISTS ${tableName(stream)}`);
    this.#lastSequences.delete(stream.id);
  }

  /** Appends a record; runs inside `database.write`. A rolled-back group leaves a gap in the numbers but never repeats one. */
  append(stream: StreamIdentity, change: ItemChange): void {
    const sequence = this.lastSequence(stream) + 1;
    this.#lastSequences.set(stream.id, sequence);
    const showsNew = viewShowsNew[stream.viewType] && change.newImage !== undefined;
    const showsOld = viewShowsOld[stream.viewType] && change.oldImage !== undefined;
    this.#database
      .statement(
        `INSERT INTO ${tableName(stream)} (sequence, created_ms, event_name, keys, new_image, old_image, size, by_service)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        sequence,
        this.#clock.nowMs(),
        change.eventName,
        change.keys,
        showsNew ? (change.newImage ?? null) : null,
        showsOld ? (change.oldImage ?? null) : null,
        change.keysSize + (showsNew ? change.newSize : 0) + (showsOld ? change.oldSize : 0),
        change.byService ? 1 : 0,
      );
    this.#toNotify.add(stream.id);
  }

  /** The highest number given out, 0 before the first record. */
  lastSequence(stream: StreamIdentity): number {
    const last = this.#lastSequences.get(stream.id);
    if (last === undefined) throw new Error(`the stream ${stream.arn} is not open`);
    return last;
  }

  /** The oldest record that is still readable, or `undefined` if there is none. */
  oldestSequence(stream: StreamIdentity): number | undefined {
    return this.read(stream, 0, 1)[0]?.sequence;
  }

  /** Records after a sequence number, oldest first, without those older than 24 hours. */
  read(stream: StreamIdentity, afterSequence: number, limit: number): LoggedChange[] {
    return this.#database
      .statement(`SELECT * FROM ${tableName(stream)} WHERE sequence > ? AND created_ms > ? ORDER BY sequence LIMIT ?`)
      .all(afterSequence, this.#runningTime.beginOfLast(STREAM_RETENTION_MS), limit)
      .map(loggedChange);
  }

  /** How long ago that was, without the time in which nothing ran. */
  ageMs(createdMs: number): number {
    return this.#clock.nowMs() - createdMs - this.#runningTime.pausedSince(createdMs);
  }

  /**
   * Deletes the oldest records, up to `limit`, that are older than 24 hours; runs inside `database.write`. It looks no further than
   * the first that is kept: what follows is not older. Only what came while the clock was ahead is passed over, and goes with what
   * follows it. The last record is kept, so that the numbering continues after a restart.
   * @returns how many it deleted; with `limit` there may be more
   */
  trim(stream: StreamIdentity, limit: number): number {
    const table = tableName(stream);
    const oldest = this.#database
      .statement(
        `SELECT sequence, created_ms FROM ${table}
         WHERE sequence < (SELECT max(sequence) FROM ${table}) AND created_ms <= ? ORDER BY sequence LIMIT ?`,
      )
      .all(this.#clock.nowMs(), limit);
    const beginMs = this.#runningTime.beginOfLast(STREAM_RETENTION_MS);
    const firstKept = oldest.findIndex((row) => integerOf(row, 'created_ms') > beginMs);
    const last = firstKept < 0 ? oldest.at(-1) : oldest[firstKept - 1];
    if (!last) return 0;
    const deleted = this.#database
      .statement(
        `DELETE FROM ${table} WHERE sequence IN
         (SELECT sequence FROM ${table} WHERE sequence <= ? ORDER BY sequence LIMIT ?)`,
      )
      .run(integerOf(last, 'sequence'), limit);
    return Number(deleted.changes);
  }

  /** @returns a function that ends the subscription. */
  onRecords(stream: StreamIdentity, listener: () => void): () => void {
    const listeners = this.#listeners.get(stream.id) ?? new Set();
    this.#listeners.set(stream.id, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Wakes the listeners of the streams that got records. To be called once the commit is durable. */
  notify(): void {
    if (this.#toNotify.size === 0) return;
    const ids = [...this.#toNotify];
    this.#toNotify.clear();
    for (const id of ids) for (const listener of this.#listeners.get(id) ?? []) listener();
  }
}

function tableName(stream: StreamIdentity): string {
  return `dynamodb_stream_${stream.id}`;
}

function loggedChange(row: Row): LoggedChange {
  return {
    sequence: integerOf(row, 'sequence'),
    createdMs: integerOf(row, 'created_ms'),
    eventName: eventNameOf(textOf(row, 'event_name')),
    keys: textOf(row, 'keys'),
    newImage: optionalTextOf(row, 'new_image'),
    oldImage: optionalTextOf(row, 'old_image'),
    size: integerOf(row, 'size'),
    byService: integerOf(row, 'by_service') === 1,
  };
}

function eventNameOf(text: string): StreamEventName {
  if (text === 'INSERT' || text === 'MODIFY' || text === 'REMOVE') return text;
  throw new Error(`${text} is no name of a stream event`);
}
