/** Two bytes, up to eight more for the length, and four for the mask: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
const MAX_HEADER_BYTES = 14;

/**
 * Follows the frames in the bytes of one client, because the protocol library only shows whole messages. It reads nothing but
 * lengths; whether the frames are valid is up to the library.
 */
export class FrameLengths {
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  #payloadLeft = 0;

  /**
   * Whether a frame whose header ends in `chunk` carries more than `maxBytes`. Chunks must come in order but may be cut anywhere.
   */
  exceed(maxBytes: number, chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const passed = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= passed;
        at += passed;
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes < 2 || this.#headerBytes < headerLength(this.#header)) continue;
      this.#headerBytes = 0;
      this.#payloadLeft = payloadLength(this.#header);
      if (this.#payloadLeft > maxBytes) return true;
    }
    return false;
  }
}

function headerLength(header: Buffer): number {
  const second = header.readUInt8(1);
  return 2 + lengthBytes(second & 0x7f) + (second & 0x80 ? 4 : 0);
}

/** How many bytes of length follow the first two bytes, by the lower seven bits of the second. */
function lengthBytes(short: number): number {
  if (short === 127) return 8;
  return short === 126 ? 2 : 0;
}

function payloadLength(header: Buffer): number {
  const short = header.readUInt8(1) & 0x7f;
  if (short === 127) return Number(header.readBigUInt64BE(2));
  return short === 126 ? header.readUInt16BE(2) : short;
}
