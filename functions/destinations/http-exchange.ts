import { constants as cryptoConstants } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import { type AttemptResponse, RESPONSE_BODY_LOG_BYTES } from '../../core/attempt.ts';
import type { HeaderList } from '../../core/delivery-headers.ts';
import { TimeoutError } from './deadline.ts';

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is left of the timeout, if part of it is used up already. */
  readonly msLeft?: number;
  /** Set if the answer's body says whether it worked. An answer that did not arrive whole in time then counts as none. */
  readonly wholeAnswer?: boolean;
  /** In PEM, for a server that asks for a client certificate. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Node's default, without Diffie-Hellman in a group of the server's choice. OpenSSL accepts groups of up to 10,000 bits and
 * computes for a second in one, during which no other delivery moves. Servers without elliptic curves can use RSA. The groups of
 * TLS 1.3 are fixed.
 */
const CIPHERS = `${cryptoConstants.defaultCipherList}:!DHE`;

/** Sends HTTP requests over kept-alive connections to checked addresses. Redirects are not followed. */
export class HttpClient {
  readonly #lookup: LookupFunction;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(lookup: LookupFunction) {
    const options = { keepAlive: true, lookup, scheduling: 'lifo' as const };
    this.#lookup = lookup;
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(options);
  }

  /**
   * Sends one request and returns its answer. The answer counts as soon as its headers are there, unless the whole answer is
   * wanted. The part of its body that does not come in time, or exceeds what is logged, is cut off.
   * @throws TimeoutError, BlockedAddressError, or the socket's own error
   */
  async exchange(exchange: HttpExchange): Promise<AttemptResponse> {
    const startedMs = performance.now();
    const { msLeft = exchange.timeoutMs } = exchange;
    try {
      return await this.#send(exchange, msLeft);
    } catch (error) {
      // The receiver closed a kept-alive connection before this request used it. That happens often to a function that was frozen
      // between two invocations, and should not count as a failed attempt. The second try uses a new connection and the time that
      // is left, because both together must stay within the function's own timeout.
      if (!(error instanceof StaleConnectionError)) throw error;
      return this.#send(exchange, Math.max(0, msLeft - (performance.now() - startedMs)), 'new connection');
    }
  }

  #send(
    { method, url, headers, body, timeoutMs, wholeAnswer = false, clientCertificate }: HttpExchange,
    msLeft: number,
    newConnection?: 'new connection',
  ): Promise<AttemptResponse> {
    const secure = url.protocol === 'https:';
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResponse>();
    const request: ClientRequest = (secure ? httpsRequest : httpRequest)(url, {
      method,
      headers: headers.flat(),
      lookup: this.#lookup,
      agent: newConnection ? false : secure ? this.#https : this.#http,
      // Set here and not at the agent, because a new connection has no agent.
      ciphers: CIPHERS,
      // The agent keeps connections with different certificates apart.
      ...clientCertificate,
    });
    const sentMs = performance.now();
    let hasAnswer = false;
    // Any byte shows that somebody has read the request, even if the answer breaks off before it is complete.
    request.once('socket', (socket) => socket.once('data', () => (hasAnswer = true)));
    let finishEarly: (() => void) | undefined;
    const deadline = setTimeout(() => {
      finishEarly?.();
      // Not left to the request's own error event: a request that Node has destroyed already emits none.
      reject(new TimeoutError(timeoutMs));
      request.destroy();
    }, msLeft);
    const answered = (answer: AttemptResponse) => {
      clearTimeout(deadline);
      resolve(answer);
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      // An error within the body, such as a chunk without a length. The response ends too, and settles with what came of it.
      if (finishEarly) return;
      clearTimeout(deadline);
      const broke = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      const stale = broke && !hasAnswer && performance.now() - sentMs <= MAX_STALE_MS;
      reject(stale ? new StaleConnectionError(error.message) : error);
    });
    request.on('response', (response) => {
      const finish = readResponse(response, (answer, brokeOff) => {
        if (!wholeAnswer || !brokeOff) return answered(answer);
        clearTimeout(deadline);
        reject(new BrokenAnswerError());
      });
      if (!wholeAnswer) finishEarly = finish;
    });
    // Without a listener, Node closes the connection silently: no answer, no error.
    request.on('upgrade', ({ statusCode = 0, rawHeaders }, socket) => {
      socket.destroy();
      answered({ statusCode, headers: pairs(rawHeaders), body: new Uint8Array(), bodyTruncated: false });
    });
    request.end(body);
    return promise;
  }
}

/**
 * If the peer has closed a connection, it answers anything sent on it with a reset, which arrives after one round trip: a third
 * of a second around the world. If a connection breaks later, the peer may have worked on the request. Such a request must not be
 * sent again within the attempt; only one that was never applied may be.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 (RFC 7230 §6.3.1)
 */
const MAX_STALE_MS = 500;

class StaleConnectionError extends Error {}

/** The connection ended within an answer that was wanted whole. */
class BrokenAnswerError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection broke off within the answer');
    this.name = 'BrokenAnswerError';
  }
}

/** Collects what is logged of an answer. The returned function ends it early with what has come so far. */
function readResponse(
  response: IncomingMessage,
  done: (answer: AttemptResponse, brokeOff: boolean) => void,
): () => void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let finished = false;
  const finish = (complete: boolean) => {
    if (finished) return;
    finished = true;
    if (!complete) response.destroy();
    const { body, truncated } = decodedBody(Buffer.concat(chunks), response.headers['content-encoding']);
    const answer = {
      statusCode: response.statusCode ?? 0,
      headers: pairs(response.rawHeaders),
      body,
      bodyTruncated: truncated || !complete,
    };
    done(answer, !complete && bytes <= RESPONSE_BODY_LOG_BYTES);
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > RESPONSE_BODY_LOG_BYTES) finish(false);
  });
  response.on('end', () => finish(true));
  // The connection broke off within the body. The status had already come, and that is what counts.
  response.on('error', () => finish(false));
  response.on('close', () => finish(response.complete));
  return () => finish(false);
}

/** Decodes a body for the log, but only up to what is logged, so a decompression bomb stops at the limit. */
function decodedBody(raw: Buffer, encoding: string | undefined): { body: Uint8Array; truncated: boolean } {
  const decoder = decoders[encoding?.trim().toLowerCase() ?? ''];
  const decoded = raw.byteLength > 0 && decoder ? decodeBounded(raw, decoder) : raw;
  return {
    body: decoded.subarray(0, RESPONSE_BODY_LOG_BYTES),
    truncated: decoded.byteLength > RESPONSE_BODY_LOG_BYTES,
  };
}

type Decoder = (raw: Buffer, maxOutputLength: number) => Buffer;

/** Flush modes that accept truncated input. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (raw, maxOutputLength) => gunzipSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  deflate: (raw, maxOutputLength) => inflateSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  br: (raw, maxOutputLength) =>
    brotliDecompressSync(raw, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
};

/** The raw input is at most slightly over the log limit. Decoding ordinary text never makes it more than 64 times larger. */
const MAX_DECODED_BYTES = 64 * RESPONSE_BODY_LOG_BYTES;

function decodeBounded(raw: Buffer, decode: Decoder): Buffer {
  try {
    return decode(raw, MAX_DECODED_BYTES);
  } catch {
    // Not what its header says, or a bomb. The log shows the bytes as they came.
    return raw;
  }
}

function pairs(rawHeaders: readonly string[]): HeaderList {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[index * 2] ?? '',
    rawHeaders[index * 2 + 1] ?? '',
  ]);
}
