import type { IncomingMessage } from 'node:http';
import { ByteBudget } from '../byte-budget.ts';
import type { Clock } from '../clock.ts';
import { type ProxyRequest, proxyEventJson } from './proxy-event.ts';
import { bodyRefusal, Refusal } from './refusal.ts';
import { ABORTED, declaredLength, readBody } from './request-body.ts';
import { limit, type RestApiSpec } from './rest-api.ts';

/**
 * Memory for all bodies that are being read. Large ones may take 192 MB of it: 42 at once of 4.5 MB, the largest that fit into
 * Lambda's 6 MB, or 19 of 10 MB, the most that is read at all. The other 64 MB hold a burst of 2,500 requests of 25 KB each. On
 * AWS, API Gateway holds these bytes, outside the account.
 */
const UNFINISHED_BYTES = 256 * 1024 * 1024;

export interface EventReaderOptions {
  readonly clock: Clock;
  readonly spec: RestApiSpec;
  /** Limit for all bodies that are being read, in bytes. Default 256 MiB. */
  readonly unfinishedBytes?: number;
}

/** Reads bodies, within a limit for all of them together, and makes events of them. */
export class EventReader {
  readonly #clock: Clock;
  readonly #spec: RestApiSpec;
  readonly #budget: ByteBudget;

  constructor({ clock, spec, unfinishedBytes = UNFINISHED_BYTES }: EventReaderOptions) {
    this.#clock = clock;
    this.#spec = spec;
    this.#budget = new ByteBudget(unfinishedBytes);
  }

  /** Whether there is room for the body of a client that sends `Expect: 100-continue`. */
  hasRoomFor(message: IncomingMessage): boolean {
    return this.#budget.hasRoomFor(declaredLength(message));
  }

  /**
   * Reads the body and builds the event. Nothing keeps the body afterwards, so only the event is in memory while the function
   * runs.
   * @throws Refusal
   */
  async read(message: IncomingMessage, head: Omit<ProxyRequest, 'body'>): Promise<string | typeof ABORTED> {
    const body = await readBody(message, { clock: this.#clock, budget: this.#budget });
    if (body === ABORTED) return ABORTED;
    if (typeof body === 'symbol') throw bodyRefusal(body);
    const event = proxyEventJson(this.#spec, { ...head, body });
    if (exceeds(event, limit.lambdaEventBytes)) throw new Refusal('REQUEST_TOO_LARGE');
    return event;
  }
}

/** Whether `text` takes more than `bytes` in UTF-8. The bytes are only counted if the length of the text doesn't decide it. */
function exceeds(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
