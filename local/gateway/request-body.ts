import type { IncomingMessage } from 'node:http';
import { type ByteBudget, isSmall } from '../byte-budget.ts';
import type { Clock } from '../clock.ts';
import { BodyPieces } from './body-pieces.ts';
import { limit } from './rest-api.ts';

/** What a client may still send after it was refused, before its connection is cut: on the wire, where a byte in a chunk of its own is six. */
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
const TOO_SLOW = Symbol('too slow');
export const ABORTED = Symbol('aborted');

export type BodyFailure = typeof TOO_LARGE | typeof NO_ROOM | typeof TOO_SLOW | typeof ABORTED;

/** What Node reads of a socket at a time. */
const TURN_BYTES = 64 * 1024;

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
    let pieces = new BodyPieces();
    const turns = new Turns(message);
    const end = (body: Buffer | BodyFailure) => {
      resolve(body);
      message.off('data', onData);
      timer.cancel();
      budget.giveBack(pieces.heldBytes);
      // The message lives until it is answered, and with it whoever listens to it.
      pieces = new BodyPieces();
    };
    const onData = (piece: Buffer) => {
      const length = pieces.bytes + piece.byteLength;
      if (length > limit.payloadBytes) return end(TOO_LARGE);
      const cost = pieces.costOf(piece);
      // As large as what is held of it: in small pieces, that may be more than has come.
      if (!budget.take(cost, Math.max(pieces.heldBytes + cost, declared))) return end(NO_ROOM);
      pieces.add(piece);
      if (!isSmall(length)) turns.took(piece);
    };
    const timer = clock.setTimer(BODY_TIMEOUT_MS, () => end(TOO_SLOW));
    message.on('data', onData);
    message.once('end', () => end(pieces.whole()));
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
    const { socket } = message;
    const before = socket.bytesRead;
    const turns = new Turns(message);
    message.on('data', (piece: Buffer) => {
      if (socket.bytesRead - before > MAX_DRAINED_BYTES) socket.destroy();
      turns.took(piece);
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

  took(piece: Buffer): void {
    this.#bytes += piece.byteLength;
    if (this.#bytes < TURN_BYTES) return;
    this.#bytes = 0;
    this.#message.pause();
    setImmediate(() => this.#message.resume());
  }
}

export function declaredLength(message: IncomingMessage): number {
  return Number(message.headers['content-length'] ?? 0);
}
