import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The sender's own number of an event. Hawser passes it on like any header. */
export const SEQUENCE_HEADER = 'x-sequence';

const SLOW_ANSWER_MS = 200;

/** What one destination has received. */
class Tally {
  /** Of the events that were answered with 200. */
  readonly eventIds = new Set<string>();
  ok = 0;
  failed = 0;

  get duplicates(): number {
    return this.ok - this.eventIds.size;
  }
}

/**
 * Which events fail, once each: `length` of them in a row, in the middle of each `period`. So it is known beforehand how often
 * the flapping destination answers 500, and its next attempt succeeds whatever the machine's speed.
 */
export interface Flaps {
  readonly period: number;
  readonly length: number;
}

export function isInFlap({ period, length }: Flaps, sequence: number): boolean {
  const position = (sequence % period) - Math.floor(period / 2);
  return position >= 0 && position < length;
}

/** Three destinations in one server: one that is well, one that flaps, one that is slow. */
export class Receivers {
  readonly well = new Tally();
  readonly flapping = new Tally();
  readonly slow = new Tally();
  readonly url: string;
  readonly #server: Server;
  readonly #flaps: Flaps;
  readonly #hasFailed = new Set<string>();

  private constructor(server: Server, flaps: Flaps) {
    this.#server = server;
    this.#flaps = flaps;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(flaps: Flaps): Promise<Receivers> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.keepAliveTimeout = 60_000;
    const receivers = new Receivers(server, flaps);
    server.on('request', (request, response) => {
      request.resume();
      request.on('end', () => receivers.#take(request, response));
    });
    return receivers;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const eventId = String(request.headers['webhook-id']);
    if (request.url === '/well') answer(this.well, eventId, 200, response);
    if (request.url === '/flapping') answer(this.flapping, eventId, this.#flap(request, eventId), response);
    if (request.url === '/slow') setTimeout(() => answer(this.slow, eventId, 200, response), SLOW_ANSWER_MS);
  }

  #flap(request: IncomingMessage, eventId: string): 200 | 500 {
    const fails = isInFlap(this.#flaps, Number(request.headers[SEQUENCE_HEADER])) && !this.#hasFailed.has(eventId);
    if (!fails) return 200;
    this.#hasFailed.add(eventId);
    return 500;
  }
}

function answer(tally: Tally, eventId: string, statusCode: 200 | 500, response: ServerResponse): void {
  if (statusCode === 200) {
    tally.eventIds.add(eventId);
    tally.ok++;
  } else {
    tally.failed++;
  }
  response.writeHead(statusCode).end();
}
