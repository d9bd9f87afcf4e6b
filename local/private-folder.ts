import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * With the folders above it, all for their owner alone. Not by `recursive: true`: with that Node goes on for ever, and hears no signal,
 * where a folder is there and nothing can be made in it, as in /proc or behind a link that leads nowhere.
 * @throws Error as `mkdirSync` has it
 */
export function makePrivateFolder(path: string): void {
  if (existsSync(path)) return;
  makePrivateFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(path)) throw error;
  }
}
