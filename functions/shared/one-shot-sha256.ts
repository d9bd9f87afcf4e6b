import { createHmac, createSecretKey, hash } from 'node:crypto';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type Data = string | ArrayBuffer | ArrayBufferView;
type Encoding = 'utf8' | 'ascii' | 'latin1';

/**
 * SHA-256, or HMAC where there is a secret, for the SDK's option `sha256`. The SDK's own makes a stream object for each of the
 * four digests of a signed call, and Node finds out by a caught exception that a binary key is none of its key objects. A hash in
 * one call and a key object save about a tenth of what the SDK does for a small request. What `update` is given is read by
 * `digest`: it must not change in between.
 */
export const OneShotSha256 = class {
  readonly #secret: Data | undefined;
  readonly #parts: Uint8Array[] = [];

  constructor(secret?: Data) {
    this.#secret = secret;
  }

  update(part: Data, encoding?: Encoding): void {
    this.#parts.push(bytesOf(part, encoding));
  }

  async digest(): Promise<Uint8Array> {
    const [first = new Uint8Array(), ...others] = this.#parts;
    const bytes = others.length === 0 ? first : Buffer.concat([first, ...others]);
    if (this.#secret === undefined) return hash('sha256', bytes, 'buffer');
    // Text is known at once to be no key object.
    const key = typeof this.#secret === 'string' ? this.#secret : createSecretKey(bytesOf(this.#secret));
    return createHmac('sha256', key).update(bytes).digest();
  }
} satisfies DynamoDBClientConfig['sha256'];

function bytesOf(data: Data, encoding?: Encoding): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}
