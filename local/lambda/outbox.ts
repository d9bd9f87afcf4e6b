/** A worker, or the port to its parent. */
interface Receiver<Message> {
  postMessage(messages: readonly Message[], transfer: ArrayBuffer[]): void;
}

/**
 * Collects the messages to another thread within one turn of the event loop. A burst then crosses in one piece and wakes the
 * other thread once. Sent alone, a message costs both threads together 12 to 20 µs.
 */
export class Outbox<Message> {
  readonly #receiver: Receiver<Message>;
  #messages: Message[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(receiver: Receiver<Message>) {
    this.#receiver = receiver;
  }

  /** @param transfer buffers of the message that are handed over instead of copied */
  add(message: Message, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#messages.length === 0) setImmediate(() => this.flush());
    this.#messages.push(message);
    this.#transfer.push(...transfer);
  }

  /** Sends the waiting messages at once. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const [messages, transfer] = [this.#messages, this.#transfer];
    this.#messages = [];
    this.#transfer = [];
    this.#receiver.postMessage(messages, transfer);
  }
}
