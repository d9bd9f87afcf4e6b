import { clip } from '../clip.ts';
import { MAX_MEMORY_PAGES, MAX_TICKS } from '../limits.ts';
import type { SandboxFailure } from './messages.ts';

/** What a program threw, or the language on its behalf. All but the message is empty where it is no error. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** The name of its class. */
  readonly maker: string;
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
export function failureOf({ name, message, stack, maker }: Thrown, code: string): SandboxFailure {
  const line = lineIn(stack, code, maker);
  if (name === '') return failure(clip(`threw ${message}`), line);
  if (message === 'stack overflow') return tooDeep(line);
  return failure(clip(message === '' ? name : `${name}: ${message}`), line);
}

/**
 * The uppermost place in the program's own text: for errors of the language, where it was asked for what failed. A class of the
 * program's own has a frame for its constructor, which is not where the error was thrown.
 * Where a program is stopped in a loop, QuickJS knows the last call or property before that loop.
 */
export function lineIn(stack: string, code: string, maker = ''): number | undefined {
  const frames = stack.split('\n').filter((frame) => PLACE.test(frame));
  const [frame] = frames[0]?.startsWith(`    at ${maker} (`) ? frames.slice(1) : frames;
  const line = Number(PLACE.exec(frame ?? '')?.[1]);
  return line >= 1 && line <= code.split('\n').length ? line : undefined;
}
