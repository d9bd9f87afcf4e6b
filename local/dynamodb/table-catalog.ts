import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { tableNotFound } from './errors.ts';
import type { ItemStore } from './item-store.ts';
import { integerOf, optionalTextOf, type Row, textOf } from './sqlite-row.ts';
import type { StreamLog } from './stream-log.ts';
import { type StreamIdentity, type StreamViewType, Table } from './table.ts';
import { checkTableSpec, type TableSpec } from './table-spec.ts';

const ACCOUNT_ID = '000000000000';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS dynamodb_tables (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    uuid TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    spec TEXT NOT NULL,
    stream_id INTEGER,
    stream_label TEXT,
    stream_view TEXT
  );
  CREATE TABLE IF NOT EXISTS dynamodb_indexes (
    id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    UNIQUE (table_id, name)
  );
  CREATE TABLE IF NOT EXISTS dynamodb_stream_ids (id INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL);`;

/** The tables: durable, and in memory for the operations. */
export class TableCatalog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #region: string;
  readonly #items: ItemStore;
  readonly #log: StreamLog;
  readonly #tables = new Map<string, Table>();

  constructor(database: Database, clock: Clock, region: string, items: ItemStore, log: StreamLog) {
    this.#database = database;
    this.#clock = clock;
    this.#region = region;
    this.#items = items;
    this.#log = log;
    database.define(SCHEMA);
    for (const row of database.statement('SELECT * FROM dynamodb_tables').all()) this.#load(row);
  }

  /** @throws ResourceNotFoundException */
  table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw tableNotFound();
    return table;
  }

  /** In the order of their names. */
  all(): Table[] {
    return [...this.#tables.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  byStreamArn(arn: string): Table | undefined {
    return this.#tables.values().find((table) => table.stream?.arn === arn);
  }

  /**
   * Creates the table, or changes the existing one to the specification. Indexes are built or dropped. The stream is started or
   * ended, or replaced by a new one if its view changes. The key of an existing table can't change.
   */
  ensure(spec: TableSpec): Table {
    checkTableSpec(spec);
    const existing = this.#tables.get(spec.TableName);
    if (existing && JSON.stringify(existing.spec) === JSON.stringify(spec)) return existing;
    if (existing) checkSameKey(existing, spec);
    this.#database.define('BEGIN IMMEDIATE');
    try {
      const table = existing ? this.#update(existing, spec) : this.#create(spec);
      this.#database.define('COMMIT');
      return table;
    } catch (error) {
      this.#database.define('ROLLBACK');
      throw error;
    }
  }

  #create(spec: TableSpec): Table {
    const { lastInsertRowid } = this.#database
      .statement('INSERT INTO dynamodb_tables (name, uuid, created_ms, spec) VALUES (?, ?, ?, ?)')
      .run(spec.TableName, randomUUID(), this.#clock.nowMs(), JSON.stringify(spec));
    const id = Number(lastInsertRowid);
    for (const index of spec.GlobalSecondaryIndexes ?? []) this.#addIndex(id, index.IndexName, JSON.stringify(index));
    if (spec.StreamSpecification) this.#startStream(id, spec.StreamSpecification.StreamViewType);
    return this.#reload(id);
  }

  #update(existing: Table, spec: TableSpec): Table {
    this.#database.statement('UPDATE dynamodb_tables SET spec = ? WHERE id = ?').run(JSON.stringify(spec), existing.id);
    const rebuilt = this.#updateIndexes(existing, spec);
    const view = spec.StreamSpecification?.StreamViewType;
    if (view !== existing.stream?.viewType) {
      if (existing.stream) this.#endStream(existing.id, existing.stream);
      if (view) this.#startStream(existing.id, view, existing.stream);
    }
    const table = this.#reload(existing.id);
    this.#backfill(table, rebuilt, table.timeToLiveAttribute !== existing.timeToLiveAttribute);
    return table;
  }

  /** @returns the names of the indexes that have to be filled. */
  #updateIndexes(existing: Table, spec: TableSpec): Set<string> {
    const wanted = new Map(
      (spec.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, JSON.stringify(index)]),
    );
    for (const index of existing.indexes) {
      if (wanted.get(index.name) === JSON.stringify(index.spec)) {
        wanted.delete(index.name);
        continue;
      }
      this.#items.deleteIndex(index.id);
      this.#database.statement('DELETE FROM dynamodb_indexes WHERE id = ?').run(index.id);
    }
    for (const [name, json] of wanted) this.#addIndex(existing.id, name, json);
    return new Set(wanted.keys());
  }

  #backfill(table: Table, rebuilt: ReadonlySet<string>, newTimeToLive: boolean): void {
    const indexes = table.indexes.filter((index) => rebuilt.has(index.name));
    if (indexes.length === 0 && !newTimeToLive) return;
    for (const stored of this.#items.all(table)) {
      for (const index of indexes) {
        if (index.holds(stored.item)) this.#items.insertIndexRow(index, table, stored.item, stored.id);
      }
      if (newTimeToLive) {
        this.#items.replace(stored.id, stored.json, stored.size, table.expirySecond(stored.item));
      }
    }
  }

  #addIndex(tableId: number, name: string, spec: string): void {
    this.#database
      .statement('INSERT INTO dynamodb_indexes (table_id, name, spec) VALUES (?, ?, ?)')
      .run(tableId, name, spec);
  }

  #startStream(tableId: number, view: StreamViewType, before?: StreamIdentity): void {
    const { lastInsertRowid } = this.#database
      .statement('INSERT INTO dynamodb_stream_ids (table_id) VALUES (?)')
      .run(tableId);
    // The label is part of the ARN, and readers keep their positions by ARN. So it must never be that of the previous stream.
    const earliestMs = before ? Date.parse(`${before.label}Z`) + 1 : 0;
    const label = new Date(Math.max(this.#clock.nowMs(), earliestMs)).toISOString().replace('Z', '');
    this.#database
      .statement('UPDATE dynamodb_tables SET stream_id = ?, stream_label = ?, stream_view = ? WHERE id = ?')
      .run(lastInsertRowid, label, view, tableId);
  }

  #endStream(tableId: number, stream: StreamIdentity): void {
    this.#log.drop(stream);
    this.#database
      .statement('UPDATE dynamodb_tables SET stream_id = NULL, stream_label = NULL, stream_view = NULL WHERE id = ?')
      .run(tableId);
  }

  #reload(id: number): Table {
    const row = this.#database.statement('SELECT * FROM dynamodb_tables WHERE id = ?').get(id);
    if (!row) throw new Error(`the table ${id} is gone`);
    return this.#load(row);
  }

  #load(row: Row): Table {
    const spec: TableSpec = JSON.parse(textOf(row, 'spec'));
    const id = integerOf(row, 'id');
    const arn = `arn:aws:dynamodb:${this.#region}:${ACCOUNT_ID}:table/${spec.TableName}`;
    const indexRows = this.#database.statement('SELECT id, name FROM dynamodb_indexes WHERE table_id = ?').all(id);
    const table = new Table(spec, {
      id,
      arn,
      uuid: textOf(row, 'uuid'),
      createdMs: integerOf(row, 'created_ms'),
      indexIds: new Map(indexRows.map((index) => [textOf(index, 'name'), integerOf(index, 'id')])),
      stream: streamIdentity(row, spec, arn),
    });
    if (table.stream) this.#log.open(table.stream);
    this.#tables.set(table.name, table);
    return table;
  }
}

function streamIdentity(row: Row, spec: TableSpec, tableArn: string): StreamIdentity | undefined {
  const label = optionalTextOf(row, 'stream_label');
  const viewType = spec.StreamSpecification?.StreamViewType;
  if (label === undefined || !viewType) return undefined;
  return { id: integerOf(row, 'stream_id'), arn: `${tableArn}/stream/${label}`, label, viewType };
}

function checkSameKey(existing: Table, spec: TableSpec): void {
  const key = (wanted: TableSpec) =>
    wanted.KeySchema.map((element) => [
      element,
      wanted.AttributeDefinitions.find(({ AttributeName }) => AttributeName === element.AttributeName)?.AttributeType,
    ]);
  if (JSON.stringify(key(existing.spec)) !== JSON.stringify(key(spec))) {
    throw new Error(`${spec.TableName} exists with another key; remove the data folder or choose another table name`);
  }
}
