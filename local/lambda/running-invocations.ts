import type { Clock, EpochMs, Timer } from '../clock.ts';
import type { InvokeResult } from './function-spec.ts';

/** One call of a function, from request to result. */
export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly settle: (result: InvokeResult) => void;
}

/** How an invocation ended, without its id. */
export type InvocationOutcome =
  | Omit<Extract<InvokeResult, { ok: true }>, 'requestId'>
  | Omit<Extract<InvokeResult, { ok: false }>, 'requestId'>;

export interface RunningInvocationsOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The invocation has used up its time. It still counts as running. */
  readonly onTimeout: (requestId: string) => void;
}

/** The invocations that run in one environment. Each has its own deadline and is settled once. */
export class RunningInvocations {
  readonly #options: RunningInvocationsOptions;
  readonly #running = new Map<string, { readonly invocation: Invocation; readonly timeout: Timer }>();
  #payloadLength = 0;

  constructor(options: RunningInvocationsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#running.size;
  }

  /** Characters of all payloads together. */
  get payloadLength(): number {
    return this.#payloadLength;
  }

  get requestIds(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** @returns when its time will be up */
  begin(invocation: Invocation): EpochMs {
    const { clock, timeoutMs, onTimeout } = this.#options;
    const { requestId, payload } = invocation;
    const timeout = clock.setTimer(timeoutMs, () => onTimeout(requestId));
    this.#running.set(requestId, { invocation, timeout });
    this.#payloadLength += payload.length;
    return clock.nowMs() + timeoutMs;
  }

  /** Settles an invocation. One that was already settled because its time was up stays as it is. */
  finish(requestId: string, outcome: InvocationOutcome): void {
    const running = this.#running.get(requestId);
    if (!running) return;
    this.#running.delete(requestId);
    this.#payloadLength -= running.invocation.payload.length;
    running.timeout.cancel();
    running.invocation.settle({ requestId, ...outcome });
  }
}
