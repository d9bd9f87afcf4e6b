import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFolder } from './private-folder.ts';
import { StartError } from './start-error.ts';

/**
 * Keeps a second instance off a data folder.
 *
 * The lock is an open exclusive transaction on a SQLite file of its own. The operating system releases it when the process ends,
 * however that happens. So no stale lock is left behind, and no process id can be mistaken for another's. A file beside it says
 * who holds the lock; only the error message uses it.
 */
export class DataFolderLock {
  readonly #sqlite: DatabaseSync;

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /** @throws StartError that names the process that holds the folder. */
  static acquire(dataDir: string): DataFolderLock {
    // The folder holds all keys: the KMS keys, the root key, and everything that these encrypt.
    makePrivateFolder(dataDir);
    const holderFile = join(dataDir, 'hawser.pid');
    const sqlite = new DatabaseSync(join(dataDir, 'hawser.lock'));
    try {
      sqlite.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      sqlite.close();
      if (!isBusy(error)) throw error;
      throw new StartError(
        `another hawser (process ${holderOf(holderFile)}) runs on the data folder ${dataDir}. ` +
          'Stop it, or set HAWSER_DATA_DIR to another folder',
      );
    }
    writeFileSync(holderFile, `${process.pid}\n`);
    return new DataFolderLock(sqlite);
  }

  release(): void {
    this.#sqlite.close();
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function holderOf(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim();
  } catch {
    // The holder has taken the lock but not yet written its process id.
    return 'unknown';
  }
}
