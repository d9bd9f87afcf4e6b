import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isId, timeMsOf } from '../core/ids.ts';

/**
 * The receiving side. It is a process of its own, so that its CPU time is not included in the measurement. It answers 204, counts,
 * and records for each event the time from its acceptance (in its id) to its receipt. The parent asks for the figures with a
 * message.
 */
export interface ReceiverReport {
  readonly deliveries: number;
  readonly distinct: number;
  /** Milliseconds from acceptance to receipt, one for each delivery with an event id. */
  readonly latenciesMs: readonly number[];
}

let seen = new Set<string>();
let latenciesMs: number[] = [];
let deliveries = 0;

const server = createServer((request, response) => {
  const { 'x-hawser-event-id': eventId, 'x-hawser-delivery-id': deliveryId, 'webhook-id': webhookId } = request.headers;
  deliveries += 1;
  seen.add(String(deliveryId ?? webhookId));
  if (typeof eventId === 'string' && isId('evt', eventId)) latenciesMs.push(Date.now() - timeMsOf(eventId));
  request.resume();
  request.on('end', () => response.writeHead(204).end());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', (message) => {
  if (message === 'count') process.send?.({ distinct: seen.size });
  if (message === 'report') process.send?.({ deliveries, distinct: seen.size, latenciesMs } satisfies ReceiverReport);
  if (message === 'reset') {
    seen = new Set();
    latenciesMs = [];
    deliveries = 0;
    process.send?.({});
  }
});
process.on('disconnect', () => process.exit(0));
