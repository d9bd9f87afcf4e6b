import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { Outbox } from '../outbox.ts';
import type { FromWorker, ResponseMessage } from '../worker-messages.ts';
import { InProcessRequest, type OutgoingRequest } from './in-process-request.ts';

/** A binary body this large is moved to the other thread; a smaller one is copied cheaper than its move is set up. */
const TRANSFER_BYTES = 16 * 1024;

/**
 * The short way to the local AWS endpoint: `http.request` to its address hands the exact request to the main thread and
 * answers with what the endpoint says, without sockets and HTTP parsing. All other requests go the usual way. Must run
 * before the function's bundle is imported.
 * @returns what takes the endpoint's answers.
 */
export function shortenWayTo(endpointUrl: string, outbox: Outbox<FromWorker>): (response: ResponseMessage) => void {
  const endpoint = new URL(endpointUrl);
  const realRequest = http.request;
  const awaited = new Map<number, (response: ResponseMessage) => void>();
  let lastId = 0;

  const send = (request: OutgoingRequest, answer: (response: ResponseMessage) => void): void => {
    const id = ++lastId;
    awaited.set(id, answer);
    const { body } = request;
    if (typeof body === 'string') {
      outbox.add({ kind: 'request', id, ...request });
    } else {
      // A copy of its own: the caller may send the same bytes again, and a view can be a small part of a large buffer.
      const copy = Uint8Array.from(body);
      const transfer = copy.byteLength >= TRANSFER_BYTES ? [copy.buffer] : [];
      outbox.add({ kind: 'request', id, ...request, body: copy }, transfer);
    }
  };

  const isToEndpoint = (options: RequestOptions): boolean =>
    String(options.port) === endpoint.port &&
    (options.hostname ?? options.host) === endpoint.hostname &&
    !options.auth &&
    !options.socketPath;

  const request = (...args: RequestArguments): ClientRequest | InProcessRequest => {
    const { options, listener } = normalized(args);
    if (!isToEndpoint(options)) return Reflect.apply(realRequest, http, args);
    const inProcess = new InProcessRequest(options, send);
    if (listener) inProcess.once('response', listener);
    return inProcess;
  };
  Object.assign(http, { request });
  syncBuiltinESMExports();

  return (response) => {
    const answer = awaited.get(response.id);
    awaited.delete(response.id);
    answer?.(response);
  };
}

type Listener = (response: IncomingMessage) => void;

/** The forms in which `http.request` can be called. */
type RequestArguments =
  | readonly [options: RequestOptions | string | URL, listener?: Listener]
  | readonly [url: string | URL, options: RequestOptions, listener?: Listener];

function normalized(args: RequestArguments): { options: RequestOptions; listener: Listener | undefined } {
  const [target, second, third] = args;
  const listener = typeof second === 'function' ? second : third;
  const more = typeof second === 'object' ? second : {};
  if (typeof target === 'object' && !(target instanceof URL)) return { options: target, listener };
  const { hostname, port, pathname, search } = typeof target === 'string' ? new URL(target) : target;
  return { options: { hostname, port, path: `${pathname}${search}`, ...more }, listener };
}
