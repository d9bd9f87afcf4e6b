import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { InProcessRequest, type Send } from './in-process-request.ts';

/**
 * Bypasses the network on the way to the local AWS endpoint. `http.request` to its address hands over the exact request and
 * returns the endpoint's response, without sockets and HTTP parsing. This must run before the first request of the SDK, which
 * keeps the `http.request` that it finds then.
 *
 * All other requests use the network as usual. So do requests to that address that the SDK would not make: those with their own
 * DNS look-up, which are deliveries and which the endpoint refuses, and those with headers as a list.
 * @param sendTo returns a function that sends requests to `host:port` in process, if there is one
 */
export function routeInProcess(sendTo: (address: string) => Send | undefined): void {
  const realRequest = http.request;
  const request = (...args: RequestArguments): ClientRequest | InProcessRequest => {
    const { options, listener } = normalizeArguments(args);
    const { hostname, host, port, auth, socketPath, lookup, headers } = options;
    const isOfSdk = !auth && !socketPath && !lookup && !Array.isArray(headers);
    const send = isOfSdk ? sendTo(`${hostname ?? host}:${port}`) : undefined;
    if (!send) return Reflect.apply(realRequest, http, args);
    const inProcess = new InProcessRequest(options, send);
    if (listener) inProcess.once('response', listener);
    return inProcess;
  };
  Object.assign(http, { request });
  syncBuiltinESMExports();
}

type Listener = (response: IncomingMessage) => void;

/** The forms in which `http.request` can be called. */
type RequestArguments =
  | readonly [options: RequestOptions | string | URL, listener?: Listener]
  | readonly [url: string | URL, options: RequestOptions, listener?: Listener];

function normalizeArguments(args: RequestArguments): { options: RequestOptions; listener: Listener | undefined } {
  const [target, second, third] = args;
  const listener = typeof second === 'function' ? second : third;
  const more = typeof second === 'object' ? second : {};
  if (typeof target === 'object' && !(target instanceof URL)) return { options: target, listener };
  const { hostname, port, pathname, search } = typeof target === 'string' ? new URL(target) : target;
  return { options: { hostname, port, path: `${pathname}${search}`, ...more }, listener };
}
