import { constants as cryptoConstants } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import { type AttemptResponse, RESPONSE_BODY_LOG_BYTES } from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { staleness } from '../shared/stale-connection.ts';
import { TimeoutError, timePerAddress } from './deadline.ts';
import { limitInterimResponses } from './interim-responses.ts';

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is left of the timeout, if part of it is already used up. */
  readonly msLeft?: number;
  /** For a response whose body tells whether it worked: it counts only if all of its body arrives, and in time. */
  readonly wholeResponse?: boolean;
  /** In PEM, for a server that asks for a client certificate. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Node's default list without Diffie-Hellman in a group of the server's choice. OpenSSL accepts groups of up to 10,000 bits, and
 * computing with one takes a second in which no other delivery makes progress. Servers without elliptic curves use RSA; the groups
 * of TLS 1.3 are fixed.
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
   * Sends one request and returns its response. Unless `wholeResponse` is set, a response counts once its headers have arrived;
   * a body that is late, or longer than what is logged, is cut off.
   * @throws TimeoutError, BlockedAddressError, or the socket's own error
   */
  async exchange(exchange: HttpExchange): Promise<AttemptResponse> {
    const startedMs = performance.now();
    const { msLeft = exchange.timeoutMs } = exchange;
    try {
      return await this.#send(exchange, msLeft);
    } catch (error) {
      // The second try gets a new connection and only the remaining time, since both together must stay within the function's
      // own timeout.
      if (!(error instanceof StaleConnectionError)) throw error;
      return this.#send(exchange, Math.max(0, msLeft - (performance.now() - startedMs)), 'new connection');
    }
  }

  #send(
    { method, url, headers, body, timeoutMs, wholeResponse = false, clientCertificate }: HttpExchange,
    msLeft: number,
    newConnection?: 'new connection',
  ): Promise<AttemptResponse> {
    const isSecure = url.protocol === 'https:';
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResponse>();
    const request: ClientRequest = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      headers: headers.flat(),
      lookup: this.#lookup,
      ...timePerAddress(msLeft),
      agent: newConnection ? false : isSecure ? this.#https : this.#http,
      // Set here, not on the agent, because a new connection has no agent.
      ciphers: CIPHERS,
      // The agent keeps connections with different certificates apart.
      ...clientCertificate,
    });
    limitInterimResponses(request);
    const isStale = staleness(request);
    let finishEarly: (() => void) | undefined;
    const deadline = setTimeout(() => {
      finishEarly?.();
      // Rejected here, because a request that Node has already destroyed emits no further event.
      reject(new TimeoutError(timeoutMs));
      request.destroy();
    }, msLeft);
    const succeed = (result: AttemptResponse) => {
      clearTimeout(deadline);
      resolve(result);
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      // An error within the body, such as a chunk without a length, also ends the response, with the part that has arrived.
      if (finishEarly) return;
      clearTimeout(deadline);
      reject(isStale(error) ? new StaleConnectionError(error.message) : error);
    });
    request.on('response', (response) => {
      const finish = readResponse(response, (result, isCutOff) => {
        if (!wholeResponse || !isCutOff) return succeed(result);
        clearTimeout(deadline);
        reject(new IncompleteResponseError());
      });
      if (!wholeResponse) finishEarly = finish;
    });
    // Without a listener, Node closes the connection and reports neither a response nor an error.
    request.on('upgrade', ({ statusCode = 0, rawHeaders }, socket) => {
      socket.destroy();
      succeed({ statusCode, headers: toHeaderList(rawHeaders), body: new Uint8Array(), bodyTruncated: false });
    });
    request.end(body);
    return promise;
  }
}

class StaleConnectionError extends Error {}

/** The connection ended in the middle of a response whose whole body is needed. */
class IncompleteResponseError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection broke off in the middle of the response');
    this.name = 'IncompleteResponseError';
  }
}

/** Collects the part of a response that is logged. The returned function ends it early, with the part received so far. */
function readResponse(
  response: IncomingMessage,
  done: (result: AttemptResponse, isCutOff: boolean) => void,
): () => void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isFinished = false;
  const finish = (isComplete: boolean) => {
    if (isFinished) return;
    isFinished = true;
    if (!isComplete) response.destroy();
    const { body, truncated } = decodeBody(Buffer.concat(chunks), response.headers['content-encoding']);
    const result = {
      statusCode: response.statusCode ?? 0,
      headers: toHeaderList(response.rawHeaders),
      body,
      bodyTruncated: truncated || !isComplete,
    };
    done(result, !isComplete && bytes <= RESPONSE_BODY_LOG_BYTES);
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > RESPONSE_BODY_LOG_BYTES) finish(false);
  });
  response.on('end', () => finish(true));
  // The connection broke off within the body, but the status has arrived, and that decides.
  response.on('error', () => finish(false));
  response.on('close', () => finish(response.complete));
  return () => finish(false);
}

/** Decodes a body for the log. A decompression bomb is not decoded beyond `MAX_DECODED_BYTES`. */
function decodeBody(raw: Buffer, encoding: string | undefined): { body: Uint8Array; truncated: boolean } {
  const decoder = decoders[encoding?.trim().toLowerCase() ?? ''];
  const decoded = raw.byteLength > 0 && decoder ? decodeBounded(raw, decoder) : raw;
  return {
    body: decoded.subarray(0, RESPONSE_BODY_LOG_BYTES),
    truncated: decoded.byteLength > RESPONSE_BODY_LOG_BYTES,
  };
}

type Decoder = (raw: Buffer, maxOutputLength: number) => Buffer;

/** These flush modes accept truncated input. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (raw, maxOutputLength) => gunzipSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  deflate: (raw, maxOutputLength) => inflateSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  br: (raw, maxOutputLength) =>
    brotliDecompressSync(raw, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
};

/** Raw input is at most a little over the log limit, and no ordinary text grows more than 64-fold when decoded. */
const MAX_DECODED_BYTES = 64 * RESPONSE_BODY_LOG_BYTES;

function decodeBounded(raw: Buffer, decode: Decoder): Buffer {
  try {
    return decode(raw, MAX_DECODED_BYTES);
  } catch {
    // Not encoded as its header claims, or a decompression bomb. The log shows the bytes as received.
    return raw;
  }
}

function toHeaderList(rawHeaders: readonly string[]): HeaderList {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[index * 2] ?? '',
    rawHeaders[index * 2 + 1] ?? '',
  ]);
}
