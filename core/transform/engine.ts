import { HARD_TIMEOUT_MS } from './limits.ts';
import { readResult } from './result.ts';
import { SandboxHost } from './sandbox/host.ts';
import type { SandboxAnswer } from './sandbox/messages.ts';
import type { TransformEngine, TransformOutcome } from './transform.ts';

export interface TransformEngineOptions {
  /** After which a run is ended that the counted limits (limits.ts) don't end. */
  readonly hardTimeoutMs?: number;
}

/**
 * QuickJS in WebAssembly, in a thread of its own that starts with the first run: a function that never transforms pays nothing.
 * One for each function instance.
 */
export function newTransformEngine({ hardTimeoutMs = HARD_TIMEOUT_MS }: TransformEngineOptions = {}): TransformEngine {
  const sandbox = new SandboxHost(hardTimeoutMs);
  return {
    async run(code, event, variables) {
      return outcomeOf(await sandbox.ask({ code, input: { event, variables } }));
    },
    async check(code) {
      const answer = await sandbox.ask({ code, input: undefined });
      return answer.kind === 'failed' ? { message: answer.message, line: answer.line } : undefined;
    },
  };
}

function outcomeOf(answer: SandboxAnswer): TransformOutcome {
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'defined') throw new Error('the sandbox has not run what it was to run');
  const { logs } = answer;
  const read = readResult(answer.json, answer.isTextJson);
  if ('problem' in read) return { kind: 'failed', message: read.problem, line: undefined, logs };
  return read.result === null ? { kind: 'dropped', logs } : { kind: 'transformed', result: read.result, logs };
}
