/**
 * The thread in which transforms run one after the other. A program that never ends only holds up other transforms, and the thread can
 * be terminated. host.ts is the other side.
 */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { stopClock } from './clock.ts';
import { wasmFile } from './files.ts';
import type { SandboxAnswer, SandboxRequest } from './messages.ts';
import { Sandbox } from './sandbox.ts';

if (!parentPort) throw new Error('sandbox/thread.ts runs in a worker thread only');
const port = parentPort;
const clock = stopClock();
const wasm = await WebAssembly.compile(await readFile(wasmFile()));

port.on('message', async (request: SandboxRequest) => {
  clock.set(request.input?.event.created_at);
  const answer: SandboxAnswer = await Sandbox.run(wasm, request);
  port.postMessage(answer);
});
port.postMessage('ready');
