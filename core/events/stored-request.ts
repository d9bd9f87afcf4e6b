import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { deflate, inflate } from './deflate.ts';

/** A webhook as it was received, without its body. */
export interface RequestHead {
  readonly method: string;
  /** What followed the ingest URL, e.g. `/orders`; empty when nothing did. */
  readonly path: string;
  /** The query string as sent, without `?`; empty when there was none. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly sourceIp: string;
}

/** The body's bytes, or where they are: large bodies are objects in the payload bucket. */
type StoredBody =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'object'; readonly key: string; readonly sizeBytes: number };

export interface StoredRequest {
  readonly head: RequestHead;
  readonly body: StoredBody;
}

/**
 * The largest encoded request that is kept in its table row. A row costs $0.625 per million KiB written; an object
 * costs $5 per million PUTs plus $0.40 per million GETs, whatever its size. So the row is cheaper up to 8 KiB, and
 * saves 20–40 ms of the sender's time at any size. 16 KiB of deflated JSON is a body of about 100 KB, so nearly every
 * webhook stays in its row.
 */
export const INLINE_LIMIT_BYTES = 16 * 1024;

/**
 * Objects up to this size are sent in the SQS message, so that delivery need not read them: 10 × 64 KiB in base64 is
 * below SQS's 1 MiB per batch.
 */
export const MESSAGE_LIMIT_BYTES = 64 * 1024;

/** Compressing pays if it saves a write unit of 1 KiB; ids and times take about 200 bytes of the first one. */
const COMPRESS_FROM_BYTES = 800;

/** Bits of the format byte. */
const DEFLATED = 1;
const OBJECT = 2;

type HeadRecord = RequestHead & { readonly object?: { readonly key: string; readonly sizeBytes: number } };

/**
 * Encodes a request for the events table and the delivery message: one format byte, then, deflated where that is smaller,
 * the head's length (32 bit, big-endian), the head as JSON, and the bytes of an inline body.
 */
export function encodeRequest({ head, body }: StoredRequest): Uint8Array {
  const inObject = body.kind === 'object';
  const record: HeadRecord = inObject ? { ...head, object: { key: body.key, sizeBytes: body.sizeBytes } } : head;
  const headBytes = Buffer.from(JSON.stringify(record));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(headBytes.byteLength);
  const plain = Buffer.concat(inObject ? [length, headBytes] : [length, headBytes, body.bytes]);
  const format = inObject ? OBJECT : 0;
  if (plain.byteLength >= COMPRESS_FROM_BYTES) {
    const deflated = deflate(plain);
    if (deflated.byteLength < plain.byteLength) return Buffer.concat([Uint8Array.of(format | DEFLATED), deflated]);
  }
  return Buffer.concat([Uint8Array.of(format), plain]);
}

/** The size of the body in bytes, wherever it is. */
export function bodyBytesOf({ body }: StoredRequest): number {
  return body.kind === 'object' ? body.sizeBytes : body.bytes.byteLength;
}

/** Whether the body is in the bucket: the format byte tells, without decoding. */
export function hasObjectBody(encoded: Uint8Array): boolean {
  return ((encoded[0] ?? 0) & OBJECT) !== 0;
}

/** The inverse of `encodeRequest`. @throws Error when the bytes are damaged. */
export function decodeRequest(encoded: Uint8Array): StoredRequest {
  const [format = Number.NaN] = encoded;
  if (!(format <= (OBJECT | DEFLATED)))
    throw new Error(`a stored request begins with the unknown format byte ${format}`);
  const payload = Buffer.from(encoded.buffer, encoded.byteOffset + 1, encoded.byteLength - 1);
  const plain = format & DEFLATED ? inflate(payload) : payload;
  const bodyOffset = 4 + plain.readUInt32BE(0);
  const { object, ...head } = JSON.parse(plain.toString('utf8', 4, bodyOffset)) as HeadRecord;
  return { head, body: object ? { kind: 'object', ...object } : { kind: 'inline', bytes: plain.subarray(bodyOffset) } };
}
