import { MAX_REQUEST_PAYLOAD_BYTES } from './function-spec.ts';

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');

/** A record of a batch with its JSON, which is serialized and measured only once. */
export interface SerializedRecord<T> {
  readonly source: T;
  readonly json: string;
}

/** `{"Records":[…]}`, the event of every batch. */
export function recordsPayload(records: readonly SerializedRecord<unknown>[]): string {
  return `{"Records":[${records.map(({ json }) => json).join(',')}]}`;
}

/**
 * Splits a batch that is larger than one invocation can take, 6 MB with all metadata:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
 */
export function splitByPayloadLimit<T>(records: readonly SerializedRecord<T>[]): SerializedRecord<T>[][] {
  const payloads: SerializedRecord<T>[][] = [];
  let current: SerializedRecord<T>[] = [];
  let bytes = ENVELOPE_BYTES;
  for (const record of records) {
    const recordBytes = Buffer.byteLength(record.json) + 1;
    if (current.length > 0 && bytes + recordBytes > MAX_REQUEST_PAYLOAD_BYTES) {
      payloads.push(current);
      current = [];
      bytes = ENVELOPE_BYTES;
    }
    current.push(record);
    bytes += recordBytes;
  }
  if (current.length > 0) payloads.push(current);
  return payloads;
}
