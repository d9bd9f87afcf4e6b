import { WebSocket } from 'ws';
import { exitCode, Failure } from '../failure.ts';
import { type Frame, readFrame } from './frame.ts';

export type LinkState =
  | { readonly kind: 'connected' }
  /** @property retryMs until it is tried again */
  | { readonly kind: 'disconnected'; readonly reason: string; readonly retryMs: number };

export interface LinkOptions {
  /** A URL to connect to, with a new ticket each time. */
  readonly ticket: () => Promise<string>;
  readonly onFrame: (frame: Frame) => void;
  readonly onState: (state: LinkState) => void;
  /** How often it is asked whether the other side is still there. */
  readonly pingMs: number;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** API Gateway's handshake waits for a function, which may start just now. */
const HANDSHAKE_MS = 35_000;

/** The longest that an answer to a ping may take, or a tenth of how often it is asked where that is more. */
const PONG_MS = 10_000;

/** Frames have at most 128 KiB. */
const MAX_PAYLOAD = 256 * 1024;

/**
 * One connection for as long as it is wanted: made again, with a new ticket, whenever it breaks. After a sleep neither side
 * tells the other that it is gone, so what has been silent for long is asked, and given up where it does not answer.
 */
export class Link {
  readonly #options: LinkOptions;
  #socket: WebSocket | undefined;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Ends when `close` was called. @throws Failure when no other try could go better, as the destination is gone */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      const { reason, wasConnected } = await this.#connectOnce();
      if (this.#isClosed) return;
      failures = wasConnected ? 0 : failures + 1;
      const retryMs = retryAfter(failures);
      this.#options.onState({ kind: 'disconnected', reason, retryMs });
      await this.#sleep(retryMs);
    }
  }

  /** @returns whether it could be sent; what could not is not kept */
  send(message: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close(1000);
    // Who does not answer the close frame, as he is gone, is not waited for.
    setTimeout(() => this.#socket?.terminate(), 1_000).unref();
    this.#wake?.();
  }

  async #connectOnce(): Promise<{ reason: string; wasConnected: boolean }> {
    let url: string;
    try {
      url = await this.#options.ticket();
    } catch (error) {
      if (!(error instanceof Failure) || !mayPass(error)) throw error;
      return { reason: error.message, wasConnected: false };
    }
    if (this.#isClosed) return { reason: 'closed', wasConnected: false };
    return this.#useSocket(new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS, maxPayload: MAX_PAYLOAD }));
  }

  /** Until it is over. */
  #useSocket(socket: WebSocket): Promise<{ reason: string; wasConnected: boolean }> {
    this.#socket = socket;
    return new Promise((resolve) => {
      let wasConnected = false;
      let reason: string | undefined;
      const watch = new Watch(this.#options.pingMs, {
        ask: () => socket.send('{"action":"ping"}'),
        giveUp: () => {
          reason = 'no answer any more';
          socket.terminate();
        },
      });
      socket.on('open', () => {
        wasConnected = true;
        watch.start();
        this.#options.onState({ kind: 'connected' });
      });
      socket.on('message', (data) => {
        watch.heard();
        const frame = readFrame(String(data));
        if (frame) this.#options.onFrame(frame);
      });
      // An error is followed by the close.
      socket.on('error', (error) => {
        reason ??= error.message;
      });
      socket.on('close', (code, text) => {
        watch.stop();
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

/** Doubling, and never all at the same moment. */
function retryAfter(failures: number): number {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
  return Math.round(ms * (0.8 + 0.4 * Math.random()));
}

/** What another try may find otherwise: no network, a restart, a fault, too many requests. */
function mayPass({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return code === exitCode.unreachable || status >= 500 || status === 429;
}

/** Asks whether anybody is there, and gives up when nobody answers. */
class Watch {
  readonly #pingMs: number;
  readonly #tickMs: number;
  readonly #act: { readonly ask: () => void; readonly giveUp: () => void };
  #timer: NodeJS.Timeout | undefined;
  #heardMs = 0;
  #askedMs: number | undefined;
  #tickedMs = 0;

  constructor(pingMs: number, act: { readonly ask: () => void; readonly giveUp: () => void }) {
    this.#pingMs = pingMs;
    this.#tickMs = Math.min(pingMs, 5_000) / 2;
    this.#act = act;
  }

  start(): void {
    this.#tickedMs = Date.now();
    this.heard();
    this.#timer = setInterval(() => this.#tick(Date.now()), this.#tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  heard(): void {
    this.#heardMs = Date.now();
    this.#askedMs = undefined;
  }

  /** By the clock on the wall: timers stand still while the machine sleeps. */
  #tick(nowMs: number): void {
    const hasSlept = nowMs - this.#tickedMs > 4 * this.#tickMs;
    this.#tickedMs = nowMs;
    if (this.#askedMs !== undefined && !hasSlept) {
      if (nowMs - this.#askedMs >= Math.min(PONG_MS, this.#pingMs)) this.#act.giveUp();
      return;
    }
    if (!hasSlept && nowMs - this.#heardMs < this.#pingMs) return;
    this.#askedMs = nowMs;
    this.#act.ask();
  }
}
