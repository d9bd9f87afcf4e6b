import type { IncomingMessage } from 'node:http';
import { ByteBudget } from '../byte-budget.ts';
import type { Clock } from '../clock.ts';
import { type ProxyRequest, proxyEventJson } from './proxy-event.ts';
import { Refusal, unread } from './refusal.ts';
import { ABORTED, declaredLength, readBody } from './request-body.ts';
import { limit, type RestApiSpec } from './rest-api.ts';

/**
 * Of all bodies that are being read. Large ones may take 192 MB of it: 42 at once of 4.5 MB, of which Lambda's 6 MB are made,
 * or 19 of the 10 MB that are not refused before they have come. The 64 MB that are left are the 2,500 requests of a burst with
 * 25 KB each. On AWS these bytes lie with API Gateway, outside the account.
 */
const UNFINISHED_BYTES = 256 * 1024 * 1024;

export interface EventReaderOptions {
  readonly clock: Clock;
  readonly spec: RestApiSpec;
  /** Bytes of all bodies that are being read. Default 256 MiB. */
  readonly unfinishedBytes?: number;
}

/** Reads bodies, within what all of them may take, and makes events of them. */
export class EventReader {
  readonly #clock: Clock;
  readonly #spec: RestApiSpec;
  readonly #budget: ByteBudget;

  constructor({ clock, spec, unfinishedBytes = UNFINISHED_BYTES }: EventReaderOptions) {
    this.#clock = clock;
    this.#spec = spec;
    this.#budget = new ByteBudget(unfinishedBytes);
  }

  /** Whether a client that asks before it sends its body may send it. */
  hasRoomFor(message: IncomingMessage): boolean {
    return this.#budget.hasRoomFor(declaredLength(message));
  }

  /**
   * Nothing keeps the body once its event is made: while the function works, there is only that.
   * @throws Refusal
   */
  async read(message: IncomingMessage, head: Omit<ProxyRequest, 'body'>): Promise<string | typeof ABORTED> {
    const body = await readBody(message, { clock: this.#clock, budget: this.#budget });
    if (body === ABORTED) return ABORTED;
    if (typeof body === 'symbol') throw unread(body);
    const event = proxyEventJson(this.#spec, { ...head, body });
    if (exceeds(event, limit.lambdaEventBytes)) throw new Refusal('REQUEST_TOO_LARGE');
    return event;
  }
}

/** Whether `text` takes more than `bytes` in UTF-8; counted only where its length leaves a doubt. */
function exceeds(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
