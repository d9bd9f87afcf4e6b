import type { IncomingMessage } from 'node:http';
import * as z from 'zod';

/** The requests that Confluent's REST Proxy takes and the errors it answers; kafka-rest-proxy.ts has the links. */

/** An error inside Kafka: a code, and a message in the words of its producer. */
export interface KafkaError {
  readonly error_code: number;
  readonly message: string;
}

export class HttpError extends Error {
  readonly status: number;
  readonly errorCode: number;

  constructor(status: number, message: string, errorCode = status) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

export class RecordError extends Error {
  readonly error: KafkaError;

  constructor(error: KafkaError) {
    super(error.message);
    this.error = error;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 as Jackson and Guava read it: padded, and with no characters outside its alphabet. */
const base64 = z.string().transform((text, context) => {
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  context.addIssue({ code: 'custom', message: `data="${text}" is not a valid base64 string.` });
  return z.NEVER;
});

const partition = z.int().nullable().default(null);
export const requestOfV2 = z.strictObject({
  records: z
    .array(z.strictObject({ partition, key: base64.nullable().default(null), value: base64.nullable().default(null) }))
    .min(1),
});
const data = z
  .strictObject({ type: z.literal('BINARY'), data: base64.nullable().default(null) })
  .transform((given) => given.data)
  .nullable()
  .default(null);
export const requestOfV3 = z.strictObject({
  partition_id: partition,
  headers: z.array(z.strictObject({ name: z.string(), value: base64.nullable().default(null) })).default([]),
  key: data,
  value: data,
  timestamp: z.iso.datetime().optional(),
});

/** A producer's TimeoutException. It can be retried, and v3 recognizes it by its text. */
export function notThere(message: string): RecordError {
  return new RecordError({ error_code: 40401, message });
}

/** v2's code for a record only tells whether its writer is not allowed to write, or else whether it can be tried again. */
export function codeOfV2(code: number): number {
  if (code === 40101 || code === 40301) return code;
  return code === 40401 || code === 50003 ? 50003 : 50002;
}

export function expectTypes({ headers }: IncomingMessage, contentType: string, accepted: string): void {
  if (headers['content-type'] !== contentType) throw new HttpError(415, 'HTTP 415 Unsupported Media Type');
  if (![accepted, '*/*'].includes(headers.accept ?? '*/*')) throw new HttpError(406, 'HTTP 406 Not Acceptable');
}

export function parsed<T>(schema: z.ZodType<T>, body: Buffer, status: 400 | 422): T {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    throw new HttpError(400, `Bad Request: Error processing message: ${(error as Error).message}`);
  }
  const { data: value, error } = schema.safeParse(json);
  if (error) throw new HttpError(status, `Bad Request: ${error.issues[0]?.message}`);
  return value as T;
}
