/** A worker, or the port to its parent. */
interface Receiver<Message> {
  postMessage(messages: readonly Message[], transfer: ArrayBuffer[]): void;
}

/**
 * Gathers what is said to another thread in one turn of the event loop: a burst crosses in one piece and wakes the other
 * thread once. Sent alone, a message takes 12 to 20 µs of both together.
 */
export class Outbox<Message> {
  readonly #receiver: Receiver<Message>;
  #messages: Message[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(receiver: Receiver<Message>) {
    this.#receiver = receiver;
  }

  /** @param transfer buffers of the message that are handed over, not copied */
  add(message: Message, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#messages.length === 0) setImmediate(() => this.flush());
    this.#messages.push(message);
    this.#transfer.push(...transfer);
  }

  /** Sends what waits at once. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const [messages, transfer] = [this.#messages, this.#transfer];
    this.#messages = [];
    this.#transfer = [];
    this.#receiver.postMessage(messages, transfer);
  }
}
