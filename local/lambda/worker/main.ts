/**
 * One execution environment: imports the function's bundle once and then runs the invocations it is given, as Lambda's Node
 * runtime does. It runs in a worker thread; `../execution-environment.ts` is the other side.
 */
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { exceedsBytes, MAX_RESPONSE_PAYLOAD_BYTES } from '../function-spec.ts';
import { Outbox } from '../outbox.ts';
import {
  COMPILE_CACHE_VARIABLE,
  type FromWorker,
  type FunctionErrorMessage,
  type InvokeMessage,
  type ToWorker,
  type WorkerSetup,
} from '../worker-messages.ts';
import { followInjectedClock } from './clock.ts';
import { describeError, describeImportError, describeRejection } from './function-error.ts';
import { routeInProcess } from './in-process-endpoint.ts';
import { WorkerLog } from './log.ts';
import { MainThreadEndpoint } from './main-thread-endpoint.ts';

type Handler = (event: unknown, context: object) => unknown;

const RESPONSE_TOO_LARGE: FunctionErrorMessage = {
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_PAYLOAD_BYTES} bytes).`,
};

if (!parentPort) throw new Error('worker/main.ts runs in a worker thread only');
const port = parentPort;
const setup: WorkerSetup = workerData;

const outbox = new Outbox<FromWorker>(port);
const post = (message: FromWorker): void => outbox.add(message);
const log = new WorkerLog(setup.logFile, (error) => post({ kind: 'log-lost', reason: String(error) }));
// Sends messages posted before the function ended the process, such as a response.
process.on('exit', () => outbox.flush());

delete process.env[COMPILE_CACHE_VARIABLE];
log.capture(process.stdout);
log.capture(process.stderr);
process.on('uncaughtException', (error) => crash(describeError(error), 129));
process.on('unhandledRejection', (reason) => crash(describeRejection(reason), 128));
const mainThread = new MainThreadEndpoint(outbox);
if (setup.inProcessEndpoint !== undefined) {
  const { host } = new URL(setup.inProcessEndpoint);
  // This must come before the function's bundle is imported.
  routeInProcess((address) => (address === host ? mainThread.send : undefined));
}
if (setup.clockBuffer) followInjectedClock(setup.clockBuffer, port);

// Listens from the beginning, because a bundle may call services while it is imported.
let handler: Handler | undefined;
port.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) {
    if (message.kind === 'response') mainThread.receive(message);
    else if (handler) void invoke(handler, message);
  }
});
handler = await importHandler();
if (handler) {
  post({ kind: 'ready' });
  // Now rather than when the environment ends, so that the next environment can use it.
  flushCompileCache();
}

async function importHandler(): Promise<Handler | undefined> {
  try {
    const bundle: Record<string, unknown> = await import(setup.moduleUrl);
    const exported = bundle[setup.exportName];
    if (typeof exported === 'function') return (event, context) => exported(event, context);
    const errorMessage = `${setup.exportName} is undefined or not exported`;
    post({ kind: 'init-failed', error: { errorType: 'Runtime.HandlerNotFound', errorMessage } });
  } catch (error) {
    const described = describeImportError(error);
    logError('', 'Uncaught Exception', described);
    post({ kind: 'init-failed', error: described });
  }
  return undefined;
}

async function invoke(run: Handler, { requestId, payload, deadlineMs, logGeneration }: InvokeMessage): Promise<void> {
  log.follow(logGeneration);
  const postError = (error: FunctionErrorMessage) =>
    post({ kind: 'threw', requestId, error, logBytes: log.takeBytes() });
  try {
    const context = {
      ...setup.context,
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => deadlineMs - Date.now(),
    };
    const result = await run(JSON.parse(payload), context);
    const response = JSON.stringify(result === undefined ? null : result) ?? 'null';
    if (exceedsBytes(response, MAX_RESPONSE_PAYLOAD_BYTES)) postError(RESPONSE_TOO_LARGE);
    else post({ kind: 'returned', requestId, payload: response, logBytes: log.takeBytes() });
  } catch (thrown) {
    const error = describeError(thrown);
    logError(requestId, 'Invoke Error', error);
    postError(error);
  }
}

function crash(error: FunctionErrorMessage, status: number): void {
  logError(
    '',
    error.errorType === 'Runtime.UnhandledPromiseRejection' ? 'Unhandled Promise Rejection' : 'Uncaught Exception',
    error,
  );
  post({ kind: 'crashed', error });
  process.exit(status);
}

/** The line that Lambda's Node runtime writes for an error that the function did not handle. */
function logError(requestId: string, what: string, error: FunctionErrorMessage): void {
  log.write(`${new Date().toISOString()}\t${requestId}\tERROR\t${what}\t${JSON.stringify(error)}\n`);
}
