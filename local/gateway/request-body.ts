import type { IncomingMessage } from 'node:http';
import { type ByteBudget, isSmall } from '../byte-budget.ts';
import type { Clock } from '../clock.ts';
import { limit } from './rest-api.ts';

/** What a client may still send after it was refused, before its connection is cut. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/**
 * How long a body may take to come, and what is left of it after a refusal: 4.5 MB, of which Lambda's 6 MB are made, have
 * this time at 600 kbit/s. AWS documents no figure. Without one a slow sender would keep its share of the memory for as long
 * as Node lets a request last, which is five minutes.
 */
const BODY_TIMEOUT_MS = 60_000;

export const TOO_LARGE = Symbol('too large');
/** What all senders together have sent leaves no room for it. */
export const NO_ROOM = Symbol('no room');
export const TOO_MANY_PIECES = Symbol('too many pieces');
const TOO_SLOW = Symbol('too slow');
export const ABORTED = Symbol('aborted');

export type BodyFailure = typeof TOO_LARGE | typeof NO_ROOM | typeof TOO_MANY_PIECES | typeof TOO_SLOW | typeof ABORTED;

/** What a piece costs in memory beside its bytes, and counts at least: else a body of one-byte pieces would take 500 times what it counts. */
const PIECE_BYTES = 512;

/** 10 MB in the shortest packets that a network must carry, 536 bytes, are 20,000. Only a sender that means harm sends more. */
const MAX_PIECES = 32_768;

/** What Node reads of a socket at a time. */
const TURN_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

export interface BodyOptions {
  readonly clock: Clock;
  /**
   * Of all bodies that have not ended. What has come counts, not what is declared: a header costs a sender nothing, and would
   * keep others out.
   */
  readonly budget: ByteBudget;
}

/**
 * Reads a body of at most the API's 10 MB, byte for byte as sent. Keeps nothing of it as soon as it is clear that it won't
 * end well, also before the first byte when `Content-Length` says so; `ABORTED` when the client went away in the middle.
 */
export function readBody(message: IncomingMessage, { clock, budget }: BodyOptions): Promise<Buffer | BodyFailure> {
  const declared = declaredLength(message);
  if (declared > limit.payloadBytes) return Promise.resolve(TOO_LARGE);
  if (!budget.hasRoomFor(declared)) return Promise.resolve(NO_ROOM);
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let taken = 0;
    const turns = new Turns(message);
    const end = (body: Buffer | BodyFailure) => {
      resolve(body);
      message.off('data', onData);
      timer.cancel();
      budget.giveBack(taken);
      // The message lives until it is answered, and with it whoever listens to it.
      [chunks, bytes, taken] = [[], 0, 0];
    };
    const onData = (chunk: Buffer) => {
      const length = bytes + chunk.byteLength;
      if (length > limit.payloadBytes) return end(TOO_LARGE);
      if (chunks.length === MAX_PIECES) return end(TOO_MANY_PIECES);
      const cost = costOf(chunk);
      if (!budget.take(cost, Math.max(length, declared))) return end(NO_ROOM);
      bytes = length;
      taken += cost;
      chunks.push(chunk);
      if (!isSmall(length)) turns.took(chunk);
    };
    const timer = clock.setTimer(BODY_TIMEOUT_MS, () => end(TOO_SLOW));
    message.on('data', onData);
    message.once('end', () => end(joined(chunks, bytes)));
    message.once('close', () => end(ABORTED));
    message.once('error', () => end(ABORTED));
  });
}

/**
 * Swallows the rest of a refused body, and resolves when there is no more. A socket that is closed with unread bytes is reset,
 * and the reset can destroy the answer before the client has read it; so the client may finish, within bounds.
 */
export function drain(message: IncomingMessage): Promise<void> {
  if (message.readableEnded || message.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    let pieces = 0;
    const turns = new Turns(message);
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      pieces += 1;
      if (bytes > MAX_DRAINED_BYTES || pieces > MAX_PIECES) message.socket.destroy();
      turns.took(chunk);
    });
    message.once('end', resolve);
    message.once('close', resolve);
    message.resume();
  });
}

/** The same, for as long as a body may take. */
export async function drainInTime(message: IncomingMessage, clock: Clock): Promise<void> {
  const timer = clock.setTimer(BODY_TIMEOUT_MS, () => message.socket.destroy());
  await drain(message);
  timer.cancel();
}

/**
 * Leaves the rest of a large body to the next turn of the event loop, again and again. Node would read up to 2 MB of one socket
 * before it comes to the next: with hundreds of large bodies at once, a small request would wait for hundreds of megabytes. Not
 * after each piece: those that are parsed already wait in memory, and with pieces of a byte that would be ten thousand turns.
 */
class Turns {
  readonly #message: IncomingMessage;
  #bytes = 0;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  took(chunk: Buffer): void {
    this.#bytes += costOf(chunk);
    if (this.#bytes < TURN_BYTES) return;
    this.#bytes = 0;
    this.#message.pause();
    setImmediate(() => this.#message.resume());
  }
}

function costOf(chunk: Buffer): number {
  return Math.max(chunk.byteLength, PIECE_BYTES);
}

export function declaredLength(message: IncomingMessage): number {
  return Number(message.headers['content-length'] ?? 0);
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  if (bytes === 0) return EMPTY;
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
}
