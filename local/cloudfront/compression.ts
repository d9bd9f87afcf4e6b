import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { OriginObject } from './distribution-spec.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html: sizes and types */
const MIN_BYTES = 1_000;
const MAX_BYTES = 10_000_000;
const COMPRESSED_TYPES = new Set([
  'application/javascript',
  'application/json',
  'application/wasm',
  'application/xml',
  'font/opentype',
  'font/otf',
  'font/ttf',
  'image/svg+xml',
  'text/css',
  'text/html',
  'text/javascript',
  'text/plain',
  'text/xml',
]);

type Encoding = 'br' | 'gzip';

const compressors: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

/** Maximum number of cached results; more than the files of a dashboard. */
const MAX_CACHED = 200;

/** Compresses objects for viewers that accept it, once for each content. */
export class Compression {
  readonly #cache = new Map<string, Promise<Buffer>>();

  /** Whether responses with this object depend on the encodings that a viewer accepts. */
  applies({ bytes, headers }: OriginObject): boolean {
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return bytes.byteLength >= MIN_BYTES && bytes.byteLength <= MAX_BYTES && COMPRESSED_TYPES.has(type);
  }

  compress({ bytes, md5 }: OriginObject, encoding: Encoding): Promise<Buffer> {
    const key = `${encoding}:${md5}`;
    const known = this.#cache.get(key);
    if (known) return known;
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    const compressed = compressors[encoding](bytes);
    this.#cache.set(key, compressed);
    return compressed;
  }
}

/** Brotli before gzip, which is CloudFront's preference if a viewer accepts both. */
export function encodingFor(acceptEncoding: string | undefined): Encoding | undefined {
  const accepted = new Set(
    (acceptEncoding ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => part.split(';').map((piece) => piece.trim()))
      .filter(([, quality]) => quality === undefined || Number(quality.replace(/^q=/, '')) > 0)
      .map(([name]) => name),
  );
  return (['br', 'gzip'] as const).find((encoding) => accepted.has(encoding));
}
