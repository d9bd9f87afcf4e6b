/** Below it a piece is copied: what V8 and Node keep beside the bytes of each piece would be most of what it takes. */
const SMALL_PIECE_BYTES = 512;

/** Small pieces of a body are copied into buffers that double up to here: so at most half of what is held is empty. */
const MAX_ROOM_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * What has come of a body. How a sender cuts it makes no difference of note: it takes at most twice its length and 512 bytes, in pieces
 * of a byte as well.
 */
export class BodyPieces {
  #parts: Buffer[] = [];
  /** Where small pieces are copied to; what is filled of it stands behind the parts. */
  #room = EMPTY;
  #filled = 0;
  #bytes = 0;
  #heldBytes = 0;

  /** Its length. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What it takes in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What a piece would make it take more. */
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

  whole(): Buffer {
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
    // Not of the pool that Node cuts small buffers from: it is held as a whole for one of them.
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

  /** Of small pieces in a row; behind a large one they begin anew. */
  get #nextRoomBytes(): number {
    return Math.min(Math.max(this.#room.byteLength * 2, SMALL_PIECE_BYTES), MAX_ROOM_BYTES);
  }
}
