import { WebSocket } from 'ws';
import { Failure } from '../failure.ts';
import { isTemporary, retryDelayMs } from '../retry.ts';
import { type Frame, readFrame } from './frame.ts';
import { Watch } from './watch.ts';

export type LinkState =
  | { readonly kind: 'connected' }
  /** @property retryMs until the next try */
  | { readonly kind: 'disconnected'; readonly reason: string; readonly retryMs: number };

export interface LinkOptions {
  /** A URL to connect to. Each one has a new ticket. */
  readonly ticket: (signal: AbortSignal) => Promise<string>;
  readonly onFrame: (frame: Frame) => void;
  readonly onState: (state: LinkState) => void;
  /** How long the connection may be silent before the other side is asked whether it is still there. */
  readonly pingMs: number;
}

/** API Gateway's handshake waits for a function, which may have a cold start. */
const HANDSHAKE_MS = 35_000;

const NEVER_CONNECTED = { reason: 'closed', wasConnected: false };

/** Frames have at most 128 KiB. */
const MAX_PAYLOAD = 256 * 1024;

/**
 * Keeps one connection for as long as it is wanted. Whenever it breaks, it is made again with a new ticket. After a sleep,
 * neither side tells the other that it is gone. So a connection that is silent for long is pinged, and given up if there is no
 * answer.
 */
export class Link {
  readonly #options: LinkOptions;
  #socket: WebSocket | undefined;
  readonly #closed = new AbortController();
  #wake: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Ends when `close` was called. @throws Failure when retrying can't help, because the destination is gone */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      const { reason, wasConnected } = await this.#connectOnce();
      if (this.#isClosed) return;
      failures = wasConnected ? 0 : failures + 1;
      const retryMs = retryDelayMs(failures);
      this.#options.onState({ kind: 'disconnected', reason, retryMs });
      await this.#sleep(retryMs);
    }
  }

  /** @returns whether it could be sent; if not, it is not kept */
  send(message: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#closed.abort();
    this.#socket?.close(1000);
    // If the peer is gone, it never answers the close frame, so there is no point in waiting.
    setTimeout(() => this.#socket?.terminate(), 1_000).unref();
    this.#wake?.();
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #connectOnce(): Promise<{ reason: string; wasConnected: boolean }> {
    let url: string;
    try {
      url = await this.#options.ticket(this.#closed.signal);
    } catch (error) {
      if (this.#isClosed) return NEVER_CONNECTED;
      if (!(error instanceof Failure) || !isTemporary(error)) throw error;
      return { reason: error.message, wasConnected: false };
    }
    if (this.#isClosed) return NEVER_CONNECTED;
    return this.#useSocket(new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS, maxPayload: MAX_PAYLOAD }));
  }

  /** Resolves when the connection is over. */
  #useSocket(socket: WebSocket): Promise<{ reason: string; wasConnected: boolean }> {
    this.#socket = socket;
    return new Promise((resolve) => {
      let wasConnected = false;
      let reason: string | undefined;
      const giveUp = () => {
        reason = 'no answer any more';
        socket.terminate();
      };
      const ask = () => socket.send('{"action":"ping"}');
      const watch = new Watch({ pingMs: this.#options.pingMs, ask, giveUp }, Date.now());
      let ticks: NodeJS.Timeout | undefined;
      socket.on('open', () => {
        wasConnected = true;
        watch.heard(Date.now());
        ticks = setInterval(() => watch.tick(Date.now()), watch.tickMs);
        this.#options.onState({ kind: 'connected' });
      });
      socket.on('message', (data) => {
        watch.heard(Date.now());
        const frame = readFrame(String(data));
        if (frame) this.#options.onFrame(frame);
      });
      // A close event follows an error.
      socket.on('error', (error) => {
        reason ??= error.message;
      });
      socket.on('close', (code, text) => {
        clearInterval(ticks);
        resolve({ reason: reason ?? (String(text) || `closed (${code})`), wasConnected });
      });
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
