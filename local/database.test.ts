import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './database.ts';
import { AwsError } from './wire/aws-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'hawser-database-'));
const path = join(folder, 'hawser.db');
let database: Database;

beforeEach(() => {
  database = new Database(path);
  database.define('CREATE TABLE entries (name TEXT PRIMARY KEY, bytes BLOB)');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function insert(name: string, bytes = 0): void {
  database.statement('INSERT INTO entries VALUES (?, ?)').run(name, Buffer.alloc(bytes));
}

/** The rows that another process would find in the file now. */
function stored(): string[] {
  const other = new DatabaseSync(path, { readOnly: true });
  const names = other.prepare('SELECT name FROM entries ORDER BY name').all();
  other.close();
  return names.map(({ name }) => String(name));
}

describe('a write', () => {
  it('a write settles only when another process can see it', async () => {
    const first = database.write(() => insert('a'));
    const second = database.write(() => insert('b'));
    expect(stored()).toEqual([]);
    await first;
    expect(stored()).toEqual(['a', 'b']);
    await second;
  });

  it('a write that refuses before it changes anything is refused alone', async () => {
    const group = [
      database.write(() => insert('a')),
      database.write(() => {
        throw new AwsError('ConditionalCheckFailedException', 'no');
      }),
      database.write(() => insert('b')),
    ];
    const outcomes = await Promise.allSettled(group);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual(['a', 'b']);
  });

  it('a write that throws rolls back its whole group, and every write of the group rejects', async () => {
    const group = [
      database.write(() => insert('a')),
      database.write(() => {
        insert('b');
        throw new Error('broken');
      }),
      database.write(() => insert('c')),
    ];
    const outcomes = await Promise.allSettled(group);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(stored()).toEqual([]);
    await database.write(() => insert('d'));
    expect(stored()).toEqual(['d']);
  });

  it('a write that finds the disk full is refused, and the next one that fits is stored', async () => {
    const { page_count: pages } = database.statement('PRAGMA page_count').get() ?? {};
    database.define(`PRAGMA max_page_count = ${Number(pages) + 2}`);
    await expect(database.write(() => insert('large', 100_000))).rejects.toThrow('full');
    await database.write(() => insert('small'));
    expect(stored()).toEqual(['small']);
  });

  it('a write after close is refused, and those before it are stored', async () => {
    const before = database.write(() => insert('a'));
    database.close();
    await before;
    await expect(database.write(() => insert('b'))).rejects.toThrow('closed');
    expect(stored()).toEqual(['a']);
  });
});

describe('the database files', () => {
  const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

  it('only the owner can read the database, which holds keys', async () => {
    await database.write(() => insert('a'));
    const files = readdirSync(dirname(path));
    expect(files.sort()).toEqual(['hawser.db', 'hawser.db-shm', 'hawser.db-wal']);
    for (const file of files) expect(modeOf(join(dirname(path), file))).toBe('600');
  });

  it('a database that others could read is made private', () => {
    database.close();
    chmodSync(path, 0o644);
    database = new Database(path);
    expect(modeOf(path)).toBe('600');
  });

  it('a folder created for the database is private', () => {
    const inside = join(folder, 'data', 'hawser.db');
    new Database(inside).close();
    expect(modeOf(dirname(inside))).toBe('700');
  });
});
