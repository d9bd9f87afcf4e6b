import type { WireResponse } from '../../wire/wire.ts';
import type { Outbox } from '../outbox.ts';
import type { FromWorker, ResponseMessage } from '../worker-messages.ts';
import type { Send } from './in-process-request.ts';

/**
 * A binary body of at least this size is moved to the other thread. Copying a smaller one costs less than setting up its move.
 */
const TRANSFER_BYTES = 16 * 1024;

/** Passes requests to the main thread, where the endpoint is, and receives its responses. */
export class MainThreadEndpoint {
  readonly #outbox: Outbox<FromWorker>;
  readonly #pending = new Map<number, (response: WireResponse) => void>();
  #lastId = 0;

  constructor(outbox: Outbox<FromWorker>) {
    this.#outbox = outbox;
  }

  readonly send: Send = (request, onResponse) => {
    const id = ++this.#lastId;
    this.#pending.set(id, onResponse);
    const { body } = request;
    if (typeof body === 'string') {
      this.#outbox.add({ kind: 'request', id, ...request });
      return;
    }
    // A separate copy, because the caller may send the same bytes again, and a view may be a small part of a large buffer.
    const copy = Uint8Array.from(body);
    const transfer = copy.byteLength >= TRANSFER_BYTES ? [copy.buffer] : [];
    this.#outbox.add({ kind: 'request', id, ...request, body: copy }, transfer);
  };

  receive(response: ResponseMessage): void {
    const onResponse = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    onResponse?.(response);
  }
}
