import type { IncomingMessage } from 'node:http';
import { type ByteBudget, isSmall } from '../byte-budget.ts';
import type { Clock } from '../clock.ts';
import { BodyPieces } from './body-pieces.ts';
import { limit } from './rest-api.ts';

/**
 * How much a client may still send after a refusal before its connection is cut. Counted on the wire, where each byte takes six
 * if it comes in a chunk of its own.
 */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/**
 * How long a body may take to arrive, and how long its rest may take after a refusal. At 600 kbit/s, 4.5 MB arrive in this time,
 * the largest body that fits into Lambda's 6 MB. AWS documents no figure. Without one, a slow sender would keep its share of the
 * memory for the five minutes that Node allows a request.
 */
const BODY_TIMEOUT_MS = 60_000;

export const TOO_LARGE = Symbol('too large');
/** The bodies of all senders together leave no memory for it. */
export const NO_ROOM = Symbol('no room');
const TOO_SLOW = Symbol('too slow');
export const ABORTED = Symbol('aborted');

export type BodyFailure = typeof TOO_LARGE | typeof NO_ROOM | typeof TOO_SLOW | typeof ABORTED;

/** How much Node reads from a socket at a time. */
const TURN_BYTES = 64 * 1024;

export interface BodyOptions {
  readonly clock: Clock;
  /**
   * Shared by all unfinished bodies. It counts bytes that have arrived, not declared ones: a declaration costs a sender nothing
   * and would keep others out.
   */
  readonly budget: ByteBudget;
}

/**
 * Reads a body of at most the API's 10 MB, byte for byte as sent. It keeps nothing as soon as the body is certain to be refused,
 * even before the first byte if `Content-Length` says so. `ABORTED` if the client went away in the middle.
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
      // The message, and with it its listeners, stays in memory until it is answered.
      pieces = new BodyPieces();
    };
    const onData = (piece: Buffer) => {
      const length = pieces.bytes + piece.byteLength;
      if (length > limit.payloadBytes) return end(TOO_LARGE);
      const cost = pieces.costOf(piece);
      // The memory held counts, which for small pieces may be more than has arrived.
      if (!budget.take(cost, Math.max(pieces.heldBytes + cost, declared))) return end(NO_ROOM);
      pieces.add(piece);
      if (!isSmall(length)) turns.yieldAfter(piece);
    };
    const timer = clock.setTimer(BODY_TIMEOUT_MS, () => end(TOO_SLOW));
    message.on('data', onData);
    message.once('end', () => end(pieces.toBuffer()));
    message.once('close', () => end(ABORTED));
    message.once('error', () => end(ABORTED));
  });
}

/**
 * Reads and drops the rest of a refused body, and resolves when there is no more. A socket that is closed with unread bytes is
 * reset, and the reset can destroy the response before the client has read it. So the client may finish, within limits.
 */
export function drain(message: IncomingMessage): Promise<void> {
  if (message.readableEnded || message.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const { socket } = message;
    const before = socket.bytesRead;
    const turns = new Turns(message);
    message.on('data', (piece: Buffer) => {
      if (socket.bytesRead - before > MAX_DRAINED_BYTES) socket.destroy();
      turns.yieldAfter(piece);
    });
    message.once('end', resolve);
    message.once('close', resolve);
    message.resume();
  });
}

/** The same, but only for as long as a body may take. */
export async function drainInTime(message: IncomingMessage, clock: Clock): Promise<void> {
  const timer = clock.setTimer(BODY_TIMEOUT_MS, () => message.socket.destroy());
  await drain(message);
  timer.cancel();
}

/**
 * Defers the rest of a large body to the next turn of the event loop, again and again. Node would read up to 2 MB from one socket
 * before it turns to the next. With hundreds of large bodies at once, a small request would then wait for hundreds of megabytes.
 * It doesn't pause after every piece: pieces that are already parsed wait in memory, and one read can hold ten thousand pieces of
 * one byte, each of which would take a turn.
 */
class Turns {
  readonly #message: IncomingMessage;
  #bytes = 0;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  yieldAfter(piece: Buffer): void {
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
