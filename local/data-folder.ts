import { join, sep } from 'node:path';
import type { Assembly } from './cloudformation/assembly.ts';
import { StartError } from './start-error.ts';

interface AssembleOptions {
  readonly dataDir: string;
  readonly assembly: () => Assembly | Promise<Assembly>;
}

/** @throws StartError if a file in the data folder can't be opened because it is not writable or not what it should be. */
export function openInDataFolder<T>(dataDir: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StartError || !(error instanceof Error)) throw error;
    throw new StartError(
      `the data folder ${dataDir} can't be used: ${error.message}. ` +
        'Make it a folder that can be written to, delete it to start afresh, or set HAWSER_DATA_DIR to another one',
    );
  }
}

/** Errors that the data folder's disk or permissions can cause. */
const notWritableCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS']);

/** @throws StartError if a file can't be read or written. It says what failed, and what to do if the data folder is the cause. */
export async function assembleIn({ dataDir, assembly }: AssembleOptions): Promise<Assembly> {
  try {
    return await assembly();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
    const { message } = error;
    // For `cpSync` only the message names the file. A failed `write` names none, but it always writes to the data folder.
    const isInDataFolder = message.includes(join(dataDir, sep)) || !message.includes("'");
    if (!notWritableCodes.has(error.code) || !isInDataFolder) {
      throw new StartError(`the stack can't be assembled: ${message}`);
    }
    throw new StartError(
      `the stack can't be assembled in ${dataDir}: ${message}. Free some space or fix its permissions, or set HAWSER_DATA_DIR to another folder`,
    );
  }
}
