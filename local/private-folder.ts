import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the folder and the folders above it, all for their owner only. It doesn't use `recursive: true`: where a folder exists
 * but nothing can be created in it, as in /proc or behind a dangling link, Node would then loop forever and react to no signal.
 * @throws Error as `mkdirSync` does
 */
export function makePrivateFolder(path: string): void {
  if (existsSync(path)) return;
  makePrivateFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process created it first.
    if (!existsSync(path)) throw error;
  }
}
