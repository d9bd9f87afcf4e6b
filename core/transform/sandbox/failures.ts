import { clip } from '../clip.ts';
import { MAX_MEMORY_PAGES, MAX_TICKS } from '../limits.ts';
import type { SandboxFailure } from './messages.ts';

/** A value thrown by the program or the engine. All fields but the message are empty if it is not an error. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** The name of its constructor. */
  readonly constructorName: string;
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

/** Describes a failure for the program's author, in terms of the language rather than of the engine. */
export function failureOf({ name, message, stack, constructorName }: Thrown, code: string): SandboxFailure {
  const line = lineIn(stack, code, constructorName);
  if (name === '') return failure(clip(`threw ${message}`), line);
  if (message === 'stack overflow') return tooDeep(line);
  return failure(clip(message === '' ? name : `${name}: ${message}`), line);
}

/**
 * The innermost line in the program's own text; for errors thrown by built-ins, the line that called them. If the program defines its own error class, the constructor's frame is skipped, because
 * the error was not thrown there. For a program stopped in a loop, QuickJS reports the last call or property access before that loop.
 */
export function lineIn(stack: string, code: string, constructorName = ''): number | undefined {
  const frames = stack.split('\n').filter((frame) => PLACE.test(frame));
  const [frame] = frames[0]?.startsWith(`    at ${constructorName} (`) ? frames.slice(1) : frames;
  const line = Number(PLACE.exec(frame ?? '')?.[1]);
  return line >= 1 && line <= code.split('\n').length ? line : undefined;
}
