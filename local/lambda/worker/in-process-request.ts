import { EventEmitter } from 'node:events';
import type { RequestOptions } from 'node:http';
import { Writable } from 'node:stream';
import type { WireResponse } from '../../wire/wire.ts';
import { InProcessResponse } from './in-process-response.ts';

/** What would have gone over the wire. */
interface OutgoingRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** For these methods Node's `http.request` adds no body-related header on its own. */
const METHODS_WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Hands over a request. `onResponse` is called once, later. */
export type Send = (request: OutgoingRequest, onResponse: (response: WireResponse) => void) => void;

/**
 * A request to the local AWS endpoint that doesn't leave the process: an `http.ClientRequest` as far as HTTP clients use one. It
 * is a stream, so that bodies can be piped into it. But the usual body, one string or buffer given to `end`, is not copied
 * through the stream.
 */
export class InProcessRequest extends Writable {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol = 'http:';
  readonly reusedSocket = true;
  readonly #headers: Record<string, string>;
  readonly #send: Send;
  readonly #chunks: Buffer[] = [];
  #socket: InProcessSocket | undefined;
  #wholeBody: string | Uint8Array | undefined;
  #hasResponse = false;

  constructor(options: RequestOptions, send: Send) {
    super({ autoDestroy: false, decodeStrings: true });
    this.#send = send;
    this.method = options.method ?? 'GET';
    this.path = options.path ?? '/';
    this.host = String(options.hostname ?? options.host);
    this.#headers = { host: `${this.host}:${options.port}`, ...toLowerCaseNames(options.headers) };
    process.nextTick(() => this.#connected());
  }

  /** The connection's events and timeouts, for clients that watch them. */
  get socket(): InProcessSocket {
    this.#socket ??= new InProcessSocket(this);
    return this.#socket;
  }

  override end(...args: unknown[]): this {
    const [body] = args;
    if (this.#wholeBody === undefined && this.writableLength === 0 && this.#chunks.length === 0 && isBody(body)) {
      this.#wholeBody = body;
      super.end();
    } else {
      Reflect.apply(super.end, this, args);
    }
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    done();
    const body = this.#wholeBody ?? Buffer.concat(this.#chunks);
    this.#frame(Buffer.byteLength(body));
    const { method, path: url } = this;
    this.#send({ method, url, headers: this.#headers, body }, (response) => this.#respond(response));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.setTimeout(0);
    done(error ?? (this.#hasResponse ? null : hangUpError()));
  }

  abort(): void {
    this.destroy();
  }

  setTimeout(ms: number, onTimeout?: () => void): this {
    if (onTimeout) this.once('timeout', onTimeout);
    this.socket.setTimeout(ms);
    return this;
  }

  setHeader(name: string, value: string | number): this {
    this.#headers[name.toLowerCase()] = String(value);
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.#headers[name.toLowerCase()];
  }

  removeHeader(name: string): void {
    delete this.#headers[name.toLowerCase()];
  }

  flushHeaders(): void {}

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  /** Adds the header that Node adds for the body's length, if the caller set none. */
  #frame(bytes: number): void {
    const headers = this.#headers;
    if (METHODS_WITHOUT_BODY.has(this.method) || 'content-length' in headers || 'transfer-encoding' in headers) return;
    if (this.#chunks.length > 0) headers['transfer-encoding'] = 'chunked';
    else headers['content-length'] = String(bytes);
  }

  #connected(): void {
    if (this.destroyed) return;
    if (this.listenerCount('socket') > 0) this.emit('socket', this.socket);
    // The endpoint accepts any body, so a client that sends `Expect` is told to continue, as Node's server does by default.
    if (this.#headers.expect === '100-continue') this.emit('continue');
  }

  #respond(message: WireResponse): void {
    if (this.destroyed) return;
    this.#hasResponse = true;
    this.#socket?.setTimeout(0);
    const response = new InProcessResponse(message, this.method);
    response.once('close', () => this.destroy());
    const hasListener = this.emit('response', response);
    // Nobody reads the body, so it is discarded to let the request end.
    if (!hasListener) response.resume();
  }
}

/** The parts of a socket that clients use. There is no connection, so a timeout counts from when it is set. */
class InProcessSocket extends EventEmitter {
  readonly connecting = false;
  readonly #request: InProcessRequest;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: InProcessRequest) {
    super();
    this.#request = request;
  }

  setTimeout(ms: number, onTimeout?: () => void): this {
    clearTimeout(this.#timer);
    if (onTimeout) this.once('timeout', onTimeout);
    if (ms > 0) {
      this.#timer = setTimeout(() => {
        this.emit('timeout');
        this.#request.emit('timeout');
      }, ms);
    }
    return this;
  }

  destroy(error?: Error): this {
    this.#request.destroy(error);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function isBody(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function toLowerCaseNames(headers: RequestOptions['headers']): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) lower[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return lower;
}

/** The error that Node reports for a request that was destroyed before its response. */
function hangUpError(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
