import type { MessagePort } from 'node:worker_threads';
import type { FromWorker } from '../worker-messages.ts';

/** Size of the buffer through which the time is passed: the time as a float64, then an int32 that says it is there. */
export const CLOCK_BUFFER_BYTES = 16;
const FLAG_INDEX = 2;

/** The runner's half: puts the time into the buffer and wakes the worker that waits for it. */
export function sendTime(buffer: SharedArrayBuffer, nowMs: number): void {
  new Float64Array(buffer, 0, 1)[0] = nowMs;
  const flags = new Int32Array(buffer);
  Atomics.store(flags, FLAG_INDEX, 1);
  Atomics.notify(flags, FLAG_INDEX);
}

/**
 * The worker's half, only used with a clock that is moved by hand. `Date` then reads the injected clock. The worker asks for the
 * time and blocks until it arrives, so the time it reads is never older than its question, however far a test has moved on.
 */
export function followInjectedClock(buffer: SharedArrayBuffer, port: MessagePort): void {
  const time = new Float64Array(buffer, 0, 1);
  const flags = new Int32Array(buffer);
  const question: FromWorker = { kind: 'now' };
  const now = (): number => {
    Atomics.store(flags, FLAG_INDEX, 0);
    port.postMessage([question]);
    Atomics.wait(flags, FLAG_INDEX, 0);
    return time[0] ?? 0;
  };
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
