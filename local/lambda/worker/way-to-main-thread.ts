import type { WireResponse } from '../../wire/wire.ts';
import type { Outbox } from '../outbox.ts';
import type { FromWorker, ResponseMessage } from '../worker-messages.ts';
import type { Send } from './in-process-request.ts';

/** A binary body this large is moved to the other thread; a smaller one is copied cheaper than its move is set up. */
const TRANSFER_BYTES = 16 * 1024;

/** Hands requests to the main thread, where the endpoint is, and takes its answers. */
export class WayToMainThread {
  readonly #outbox: Outbox<FromWorker>;
  readonly #awaited = new Map<number, (response: WireResponse) => void>();
  #lastId = 0;

  constructor(outbox: Outbox<FromWorker>) {
    this.#outbox = outbox;
  }

  readonly send: Send = (request, answer) => {
    const id = ++this.#lastId;
    this.#awaited.set(id, answer);
    const { body } = request;
    if (typeof body === 'string') {
      this.#outbox.add({ kind: 'request', id, ...request });
      return;
    }
    // A copy of its own: the caller may send the same bytes again, and a view can be a small part of a large buffer.
    const copy = Uint8Array.from(body);
    const transfer = copy.byteLength >= TRANSFER_BYTES ? [copy.buffer] : [];
    this.#outbox.add({ kind: 'request', id, ...request, body: copy }, transfer);
  };

  take(response: ResponseMessage): void {
    const answer = this.#awaited.get(response.id);
    this.#awaited.delete(response.id);
    answer?.(response);
  }
}
