import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock, EpochMs, Timer } from '../clock.ts';
import type { Client } from './client.ts';
import type { Closing } from './events.ts';
import { FrameLengths } from './frame-lengths.ts';
import { limit, ownLimit } from './websocket-api.ts';

/** The close codes that the protocol library sends when it refuses by itself, by the library's names for the reasons. */
const CODES_OF_ERRORS: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_INVALID_UTF8: 1007,
};

export interface ConnectionOptions {
  readonly client: Client;
  readonly webSocket: WebSocket;
  /** The socket under the web socket. */
  readonly socket: Socket;
  readonly clock: Clock;
  /** Handles a message. While too many are being handled, nothing more is read from the client. */
  readonly onMessage: (text: string) => Promise<void>;
  readonly onClosed: (closing: Closing) => void;
}

/** One client that was let in, within the limits of API Gateway. */
export class Connection {
  readonly client: Client;
  /** Resolves when its socket is gone. */
  readonly closed: Promise<void>;
  readonly #webSocket: WebSocket;
  readonly #clock: Clock;
  readonly #onMessage: ConnectionOptions['onMessage'];
  readonly #lifetime: Timer;
  #idle: Timer | undefined;
  #closeTimeout: Timer | undefined;
  #lastActiveMs: EpochMs;
  /** The same moment, from which idleness can be measured. */
  #idleSinceMs: number;
  #messagesInFlight = 0;
  /** Why this side is ending the connection. */
  #closing: Closing | undefined;

  constructor({ client, webSocket, socket, clock, onMessage, onClosed }: ConnectionOptions) {
    this.client = client;
    this.#webSocket = webSocket;
    this.#clock = clock;
    this.#onMessage = onMessage;
    this.#lastActiveMs = clock.nowMs();
    this.#idleSinceMs = clock.elapsedMs();
    this.#lifetime = clock.setTimer(limit.durationMs, () => this.close(1001, 'Going away'));
    this.#watchIdleness();
    const frames = new FrameLengths();
    // Before the library's own listener, so that the connection is already closing when the library has the message.
    socket.prependListener('data', (chunk: Buffer) => {
      if (!this.#closing && frames.exceed(limit.frameBytes, chunk)) this.close(1009, 'Frame too large');
    });
    webSocket.on('message', (data, isBinary) => {
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
      if (isBinary) this.close(1003, 'Binary frames are not supported');
      else this.#hear(String(data));
    });
    webSocket.on('ping', () => this.#touch());
    webSocket.on('pong', () => this.#touch());
    webSocket.on('error', (error: NodeJS.ErrnoException) => {
      // The library has already sent the close frame. 1002, a protocol error, is its code unless it has a more specific one.
      this.#closing ??= { code: CODES_OF_ERRORS[error.code ?? ''] ?? 1002, reason: error.message };
      this.#limitClosing();
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    webSocket.on('close', (code, reason) => {
      for (const timer of [this.#lifetime, this.#idle, this.#closeTimeout]) timer?.cancel();
      onClosed(this.#closing ?? { code, reason: reason.toString() });
      resolve();
    });
  }

  /** Whether messages can be sent to it: neither side has begun to end it. */
  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  get lastActiveMs(): EpochMs {
    return this.#lastActiveMs;
  }

  /** Sends a message. Returns false if the client reads so slowly that the buffer for it is full. */
  post(text: Uint8Array): boolean {
    if (this.#webSocket.bufferedAmount + text.byteLength > ownLimit.unsentBytes) return false;
    this.#touch();
    let at = 0;
    do {
      const fin = at + limit.frameBytes >= text.byteLength;
      this.#webSocket.send(text.subarray(at, at + limit.frameBytes), { binary: false, fin });
      at += limit.frameBytes;
    } while (at < text.byteLength);
    return true;
  }

  /** Ends the connection. A client that doesn't answer the close frame is cut off. */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = { code, reason };
    this.#webSocket.close(code, reason);
    this.#limitClosing();
  }

  /** Cuts the client off without a close frame. */
  terminate(): void {
    this.#webSocket.terminate();
  }

  #hear(text: string): void {
    if (this.#closing) return;
    this.#touch();
    this.#messagesInFlight += 1;
    if (this.#messagesInFlight >= ownLimit.messagesInFlight) this.#webSocket.pause();
    void this.#onMessage(text).finally(() => {
      this.#messagesInFlight -= 1;
      if (this.#messagesInFlight < ownLimit.messagesInFlight) this.#webSocket.resume();
    });
  }

  #touch(): void {
    this.#lastActiveMs = this.#clock.nowMs();
    this.#idleSinceMs = this.#clock.elapsedMs();
  }

  #watchIdleness(): void {
    const idleMs = this.#clock.elapsedMs() - this.#idleSinceMs;
    if (idleMs >= limit.idleMs) this.close(1001, 'Going away');
    else this.#idle = this.#clock.setTimer(limit.idleMs - idleMs, () => this.#watchIdleness());
  }

  #limitClosing(): void {
    this.#closeTimeout ??= this.#clock.setTimer(ownLimit.closingMs, () => this.terminate());
  }
}
