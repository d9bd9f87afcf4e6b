import { createHmac, timingSafeEqual } from 'node:crypto';
import { validationFailed } from '../../../core/api-error.ts';
import type { RootKey } from './root-key.ts';

const TAG_BYTES = 16;

/**
 * A cursor says where a list continues, as a text that means something only to the list it came from. Each is authenticated for
 * its route, organization and filters, so that a damaged or foreign one is refused rather than obeyed.
 */
export class Cursors {
  readonly #rootKey: RootKey;

  constructor(rootKey: RootKey) {
    this.#rootKey = rootKey;
  }

  async seal(list: string, position: unknown): Promise<string> {
    const text = Buffer.from(JSON.stringify(position));
    return Buffer.concat([await this.#tag(list, text), text]).toString('base64url');
  }

  /** @throws ApiError VALIDATION_FAILED */
  async open(list: string, cursor: string): Promise<unknown> {
    const bytes = Buffer.from(cursor, 'base64url');
    const [tag, text] = [bytes.subarray(0, TAG_BYTES), bytes.subarray(TAG_BYTES)];
    const expected = await this.#tag(list, text);
    if (tag.byteLength !== TAG_BYTES || !timingSafeEqual(tag, expected)) {
      throw validationFailed('cursor', 'is not a cursor of this list; pass the one from the previous page');
    }
    return JSON.parse(text.toString('utf8'));
  }

  async #tag(list: string, text: Uint8Array): Promise<Buffer> {
    const key = await this.#rootKey.derive('hawser cursor v1');
    return createHmac('sha256', key).update(list).update('\0').update(text).digest().subarray(0, TAG_BYTES);
  }
}
