import { clip } from './clip.ts';
import { MAX_MEMORY_PAGES, MAX_TICKS } from './limits.ts';
import type { SandboxFailure } from './sandbox-messages.ts';

/** What a program threw, or the language on its behalf. `stack` is empty for what is no error. */
export interface Thrown {
  readonly isError: boolean;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** The program's name in stack traces. */
export const PROGRAM = 'transform.js';
const PLACE = /transform\.js:(\d+)/;

export function failure(message: string, line?: number): SandboxFailure {
  return { kind: 'failed', message, line };
}

export function outOfMemory(line?: number): SandboxFailure {
  return failure(`needs more memory than the ${MAX_MEMORY_PAGES / 16} MiB that a run may have`, line);
}

export function tooDeep(line?: number): SandboxFailure {
  return failure('goes too deep: functions that call each other without end, or data nested too deeply', line);
}

export function tooManySteps(line?: number): SandboxFailure {
  return failure(`takes too long: a run may take ${MAX_TICKS / 100} million steps (turns of loops, calls)`, line);
}

/** As the program's author is told, in words of the language and not of the engine. */
export function failureOf(thrown: Thrown, code: string): SandboxFailure {
  const { isError, name, message } = thrown;
  const line = lineIn(thrown.stack, code);
  if (!isError) return failure(clip(`threw ${message}`), line);
  if (message === 'stack overflow') return tooDeep(line);
  if (name === 'InternalError' && message.startsWith('out of memory')) return outOfMemory(line);
  return failure(clip(message === '' ? name : `${name}: ${message}`), line);
}

/** The uppermost place in the program's own text: errors of a helper, or of the language, are where it was called. */
export function lineIn(stack: string, code: string): number | undefined {
  const line = Number(PLACE.exec(stack)?.[1]);
  return line >= 1 && line <= code.split('\n').length ? line : undefined;
}
