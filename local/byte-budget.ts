/** Most webhooks are a few kilobytes, and an event is a third larger than its body. */
const SMALL_BYTES = 128 * 1024;

/** One part in this many is reserved for small items, so that they still get in when large ones have filled the rest. */
const RESERVED_PART = 4;

export function isSmall(bytes: number): boolean {
  return bytes <= SMALL_BYTES;
}

/**
 * Limits how many bytes of all senders may be in memory at once. Large items may take three quarters of it, so that a few of them
 * don't keep out the many small ones.
 */
export class ByteBudget {
  readonly #bytes: number;
  #taken = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @param wholeBytes size of the whole that these bytes are a part of */
  hasRoomFor(bytes: number, wholeBytes = bytes): boolean {
    const reserved = isSmall(wholeBytes) ? 0 : this.#bytes / RESERVED_PART;
    return this.#taken + bytes <= this.#bytes - reserved;
  }

  /** Takes the bytes if there is room for them. */
  take(bytes: number, wholeBytes = bytes): boolean {
    if (!this.hasRoomFor(bytes, wholeBytes)) return false;
    this.#taken += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}
