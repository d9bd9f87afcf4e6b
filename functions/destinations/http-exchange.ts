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
  /** Of the timeout, where a part is used up already. */
  readonly msLeft?: number;
  /** The answer's body says whether it worked: one that has not come in time, or broke off, is no answer. */
  readonly wholeAnswer?: boolean;
  /** In PEM, for a server that asks for it. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Node's own but for Diffie-Hellman in a group of the server's choice: OpenSSL takes one of up to 10,000 bits, and counts for a second
 * in it, in which nobody else's delivery moves. Servers that know no elliptic curves take RSA; the groups of TLS 1.3 are fixed.
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
   * One request and its answer. The answer counts once its headers are there (unless it is wanted whole): what of its body
   * does not come in time, or goes beyond what is logged, is cut off.
   * @throws TimeoutError, BlockedAddressError, or the socket's own error
   */
  async exchange(exchange: HttpExchange): Promise<AttemptResponse> {
    const startedMs = performance.now();
    const { msLeft = exchange.timeoutMs } = exchange;
    try {
      return await this.#send(exchange, msLeft);
    } catch (error) {
      // The receiver closed a kept-alive connection before this request used it: a function that was frozen between two
      // invocations meets this often, and a failed attempt would be the wrong word for it. The second connection is a new
      // one, and has the time that is left: together they must stay within the function's own timeout.
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
      // Here, not at the agent: a new connection has none.
      ciphers: CIPHERS,
      // The agent keeps connections with different certificates apart.
      ...clientCertificate,
    });
    const sentMs = performance.now();
    let hasAnswer = false;
    // Once: the first byte, be it of an answer that breaks off before it is one, shows that somebody has read the request.
    request.once('socket', (socket) => socket.once('data', () => (hasAnswer = true)));
    let finishEarly: (() => void) | undefined;
    const deadline = setTimeout(() => {
      finishEarly?.();
      // Not left to the request's own event: one that Node has destroyed already has no more to say.
      reject(new TimeoutError(timeoutMs));
      request.destroy();
    }, msLeft);
    const answered = (answer: AttemptResponse) => {
      clearTimeout(deadline);
      resolve(answer);
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Within the body, as where a chunk of it has no length: the response ends, too, and with what has come of it.
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
    // Without a listener Node closes the connection and says nothing: no answer, no error.
    request.on('upgrade', ({ statusCode = 0, rawHeaders }, socket) => {
      socket.destroy();
      answered({ statusCode, headers: pairs(rawHeaders), body: new Uint8Array(), bodyTruncated: false });
    });
    request.end(body);
    return promise;
  }
}

/**
 * A peer that has closed a connection answers what comes on it at once, by a reset that is there after one round trip: around the
 * world a third of a second. One that breaks it off later may have worked on the request, which must not be sent again within
 * the attempt: only what was never applied may be. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 (RFC 7230 §6.3.1)
 */
const MAX_STALE_MS = 500;

class StaleConnectionError extends Error {}

/** The connection ended within an answer that is wanted whole. */
class BrokenAnswerError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection broke off within the answer');
    this.name = 'BrokenAnswerError';
  }
}

/** Collects what is logged of an answer; the returned function ends it with what has come so far. */
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
  // The connection broke off within the body: the status had come, and that is what counts.
  response.on('error', () => finish(false));
  response.on('close', () => finish(response.complete));
  return () => finish(false);
}

/** Decodes a body for the log, never to more than is logged: a decompression bomb ends where the limit is. */
function decodedBody(raw: Buffer, encoding: string | undefined): { body: Uint8Array; truncated: boolean } {
  const decoder = decoders[encoding?.trim().toLowerCase() ?? ''];
  const decoded = raw.byteLength > 0 && decoder ? decodeBounded(raw, decoder) : raw;
  return {
    body: decoded.subarray(0, RESPONSE_BODY_LOG_BYTES),
    truncated: decoded.byteLength > RESPONSE_BODY_LOG_BYTES,
  };
}

type Decoder = (raw: Buffer, maxOutputLength: number) => Buffer;

/** Flush modes that accept input which has been cut off. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (raw, maxOutputLength) => gunzipSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  deflate: (raw, maxOutputLength) => inflateSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  br: (raw, maxOutputLength) =>
    brotliDecompressSync(raw, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
};

/** Raw input is at most a little over the log limit, which no honest text exceeds 64-fold when decoded. */
const MAX_DECODED_BYTES = 64 * RESPONSE_BODY_LOG_BYTES;

function decodeBounded(raw: Buffer, decode: Decoder): Buffer {
  try {
    return decode(raw, MAX_DECODED_BYTES);
  } catch {
    // Not what its header says, or a bomb: the log shows the bytes as they came.
    return raw;
  }
}

function pairs(rawHeaders: readonly string[]): HeaderList {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[index * 2] ?? '',
    rawHeaders[index * 2 + 1] ?? '',
  ]);
}
