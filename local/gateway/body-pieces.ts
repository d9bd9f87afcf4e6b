/** A piece smaller than this is copied. Otherwise the overhead of V8 and Node per buffer would take most of the memory. */
const SMALL_PIECE_BYTES = 512;

/** Small pieces of a body are copied into buffers that double in size up to this, so at most half of the memory is empty. */
const MAX_ROOM_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * The part of a body that has arrived. However a sender splits it, it takes at most twice its length plus 512 bytes, even in
 * pieces of one byte.
 */
export class BodyPieces {
  #parts: Buffer[] = [];
  /** Where small pieces are copied to. The filled part of it comes after `#parts`. */
  #room = EMPTY;
  #filled = 0;
  #bytes = 0;
  #heldBytes = 0;

  /** Number of bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory that the pieces take. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** How much more memory they would take with this piece. */
  costOf({ byteLength }: Buffer): number {
    if (byteLength <= this.#left) return 0;
    return byteLength < SMALL_PIECE_BYTES ? this.#nextRoomBytes : byteLength;
  }

  add(piece: Buffer): void {
    this.#heldBytes += this.costOf(piece);
    this.#bytes += piece.byteLength;
    if (piece.byteLength <= this.#left || piece.byteLength < SMALL_PIECE_BYTES) {
      this.#copy(piece);
      return;
    }
    this.#closeRoom();
    this.#parts.push(piece);
  }

  toBuffer(): Buffer {
    this.#closeRoom();
    const [first = EMPTY, ...others] = this.#parts;
    return others.length === 0 ? first : Buffer.concat(this.#parts, this.#bytes);
  }

  #copy(piece: Buffer): void {
    const copied = piece.copy(this.#room, this.#filled);
    this.#filled += copied;
    if (copied === piece.byteLength) return;
    const bytes = this.#nextRoomBytes;
    this.#closeRoom();
    // Not from Node's pool for small buffers: one small buffer would keep the whole pool in memory.
    this.#room = Buffer.allocUnsafeSlow(bytes);
    this.#filled = piece.copy(this.#room, 0, copied);
  }

  #closeRoom(): void {
    if (this.#filled > 0) this.#parts.push(this.#room.subarray(0, this.#filled));
    this.#room = EMPTY;
    this.#filled = 0;
  }

  get #left(): number {
    return this.#room.byteLength - this.#filled;
  }

  /** Doubles while small pieces follow one another, and starts small again after a large piece. */
  get #nextRoomBytes(): number {
    return Math.min(Math.max(this.#room.byteLength * 2, SMALL_PIECE_BYTES), MAX_ROOM_BYTES);
  }
}
