/** Most webhooks are a few kilobytes, and an event is a third larger than its body. */
const SMALL_BYTES = 128 * 1024;

/** What is small gets in where large ones would have filled everything: this part is kept for it. */
const RESERVED_PART = 4;

export function isSmall(bytes: number): boolean {
  return bytes <= SMALL_BYTES;
}

/**
 * How many bytes may lie in memory at once, of all that senders have a part in. Large things may take three quarters, so that
 * a few of them don't keep out the many small ones.
 */
export class ByteBudget {
  readonly #bytes: number;
  #taken = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** @param of how large the whole is that these bytes are a part of */
  hasRoomFor(bytes: number, of = bytes): boolean {
    const reserved = isSmall(of) ? 0 : this.#bytes / RESERVED_PART;
    return this.#taken + bytes <= this.#bytes - reserved;
  }

  /** Takes the bytes if there is room for them. */
  take(bytes: number, of = bytes): boolean {
    if (!this.hasRoomFor(bytes, of)) return false;
    this.#taken += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}
