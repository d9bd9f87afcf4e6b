import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataFolderLock } from './data-folder-lock.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hawser-lock-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

it('a second holder in the same process is refused until the first releases the folder', () => {
  const lock = DataFolderLock.acquire(dataDir);
  expect(() => DataFolderLock.acquire(dataDir)).toThrow(
    `another hawser (process ${process.pid}) runs on the data folder ${dataDir}`,
  );
  lock.release();
  DataFolderLock.acquire(dataDir).release();
});

it('a folder held by another process is refused until that process is killed', async () => {
  const module = join(import.meta.dirname, 'data-folder-lock.ts');
  const script = `import { DataFolderLock } from ${JSON.stringify(module)};
    globalThis.lock = DataFolderLock.acquire(${JSON.stringify(dataDir)}); // referred to, or the garbage collector frees it
    console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', script]);
  await once(holder.stdout, 'data');
  expect(() => DataFolderLock.acquire(dataDir)).toThrow(`another hawser (process ${holder.pid})`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  DataFolderLock.acquire(dataDir).release();
});
