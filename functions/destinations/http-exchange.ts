import { constants as cryptoConstants } from 'node:crypto';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import { type AttemptResponse, RESPONSE_BODY_LOG_BYTES } from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { staleness } from '../shared/stale-connection.ts';
import { TimeoutError, timePerAddress } from './deadline.ts';
import { limitInterimAnswers } from './interim-answers.ts';

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is left of the timeout, if part of it is already used up. */
  readonly msLeft?: number;
  /** For an answer whose body says whether it worked: a body that does not come in time, or breaks off, is no answer. */
  readonly wholeResponse?: boolean;
  /** In PEM, for a server that asks for a client certificate. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Node's own list without Diffie-Hellman in a group of the server's choice: OpenSSL takes a group of up to 10,000 bits and
 * computes on it for a second, during which nobody else's delivery moves. Servers without elliptic curves use RSA; the groups of
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
   * Sends one request and returns its answer. Unless it is wanted whole, an answer counts once its headers have come: the part of
   * its body that is late, or beyond what is logged, is cut off.
   * @throws TimeoutError, BlockedAddressError, or the socket's own error
   */
  async exchange(exchange: HttpExchange): Promise<AttemptResponse> {
    const startedMs = performance.now();
    const { msLeft = exchange.timeoutMs } = exchange;
    try {
      return await this.#send(exchange, msLeft);
    } catch (error) {
      // The second try gets a new connection and the time that is left: together they must stay within the function's own
      // timeout.
      if (!(error instanceof StaleConnectionError)) throw error;
      return this.#send(exchange, Math.max(0, msLeft - (performance.now() - startedMs)), 'new connection');
    }
  }

  #send(
    { method, url, headers, body, timeoutMs, wholeResponse = false, clientCertificate }: HttpExchange,
    msLeft: number,
    newConnection?: 'new connection',
  ): Promise<AttemptResponse> {
    const secure = url.protocol === 'https:';
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResponse>();
    const request: ClientRequest = (secure ? httpsRequest : httpRequest)(url, {
      method,
      headers: headers.flat(),
      lookup: this.#lookup,
      ...timePerAddress(msLeft),
      agent: newConnection ? false : secure ? this.#https : this.#http,
      // Set here, not on the agent, because a new connection has no agent.
      ciphers: CIPHERS,
      // The agent keeps connections with different certificates apart.
      ...clientCertificate,
    });
    limitInterimAnswers(request);
    const isStale = staleness(request);
    let finishEarly: (() => void) | undefined;
    const deadline = setTimeout(() => {
      finishEarly?.();
      // Rejected here, because a request that Node has already destroyed emits no further event.
      reject(new TimeoutError(timeoutMs));
      request.destroy();
    }, msLeft);
    const answered = (answer: AttemptResponse) => {
      clearTimeout(deadline);
      resolve(answer);
    };
    request.on('error', (error: NodeJS.ErrnoException) => {
      // An error within the body, such as a chunk without a length, ends the response too, with what has come of it.
      if (finishEarly) return;
      clearTimeout(deadline);
      reject(isStale(error) ? new StaleConnectionError(error.message) : error);
    });
    request.on('response', (response) => {
      const finish = readResponse(response, (answer, brokeOff) => {
        if (!wholeResponse || !brokeOff) return answered(answer);
        clearTimeout(deadline);
        reject(new BrokenResponseError());
      });
      if (!wholeResponse) finishEarly = finish;
    });
    // Without a listener, Node closes the connection and reports neither an answer nor an error.
    request.on('upgrade', ({ statusCode = 0, rawHeaders }, socket) => {
      socket.destroy();
      answered({ statusCode, headers: pairs(rawHeaders), body: new Uint8Array(), bodyTruncated: false });
    });
    request.end(body);
    return promise;
  }
}

class StaleConnectionError extends Error {}

/** The connection ended in the middle of an answer that is wanted whole. */
class BrokenResponseError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection broke off within the answer');
    this.name = 'BrokenResponseError';
  }
}

/** Collects the part of an answer that is logged. The returned function finishes it with what has come so far. */
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
  // The connection broke off within the body. The status has come, and that is what counts.
  response.on('error', () => finish(false));
  response.on('close', () => finish(response.complete));
  return () => finish(false);
}

/** Decodes a body for the log. A decompression bomb is not decoded beyond `MAX_DECODED_BYTES`. */
function decodedBody(raw: Buffer, encoding: string | undefined): { body: Uint8Array; truncated: boolean } {
  const decoder = decoders[encoding?.trim().toLowerCase() ?? ''];
  const decoded = raw.byteLength > 0 && decoder ? decodeBounded(raw, decoder) : raw;
  return {
    body: decoded.subarray(0, RESPONSE_BODY_LOG_BYTES),
    truncated: decoded.byteLength > RESPONSE_BODY_LOG_BYTES,
  };
}

type Decoder = (raw: Buffer, maxOutputLength: number) => Buffer;

/** The flush modes accept input that has been cut off. */
const decoders: Readonly<Record<string, Decoder>> = {
  gzip: (raw, maxOutputLength) => gunzipSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  deflate: (raw, maxOutputLength) => inflateSync(raw, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  br: (raw, maxOutputLength) =>
    brotliDecompressSync(raw, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
};

/** Raw input is at most a little over the log limit, and no honest text grows more than 64-fold when decoded. */
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
