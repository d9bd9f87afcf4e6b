import { HARD_TIMEOUT_MS } from './limits.ts';
import { readResult } from './result.ts';
import { SandboxHost } from './sandbox/host.ts';
import type { SandboxAnswer } from './sandbox/messages.ts';
import type { TransformEngine, TransformOutcome } from './transform.ts';

export interface TransformEngineOptions {
  /** Ends a run that the counted limits (limits.ts) don't end. */
  readonly hardTimeoutMs?: number;
}

/**
 * QuickJS in WebAssembly, in its own thread, which starts with the first run, so a function that never transforms pays nothing.
 * One engine for each function instance.
 */
export function newTransformEngine({ hardTimeoutMs = HARD_TIMEOUT_MS }: TransformEngineOptions = {}): TransformEngine {
  const sandbox = new SandboxHost(hardTimeoutMs);
  return {
    async run(code, event, variables) {
      return outcomeOf(await sandbox.run({ code, input: { event, variables } }));
    },
    async check(code) {
      const answer = await sandbox.run({ code, input: undefined });
      return answer.kind === 'failed' ? { message: answer.message, line: answer.line } : undefined;
    },
  };
}

function outcomeOf(answer: SandboxAnswer): TransformOutcome {
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'defined') throw new Error('the sandbox only checked a program that it was asked to run');
  const { logs } = answer;
  const read = readResult(answer.json, answer.isTextJson);
  if ('problem' in read) return { kind: 'failed', message: read.problem, line: undefined, logs };
  return read.result === null ? { kind: 'dropped', logs } : { kind: 'transformed', result: read.result, logs };
}
