import * as z from 'zod';
import { type AttemptResponse, type ClientErrorCode, RESPONSE_BODY_LOG_BYTES } from '../deliveries/attempt.ts';
import { type HeaderList, maskSecretHeaders } from '../deliveries/delivery-headers.ts';
import { recordField } from '../fields/record-field.ts';
import { formatInteger } from '../format-integer.ts';
import { idSchema } from '../id-schema.ts';
import type { DeliveryId } from '../ids.ts';

/** How the program behind a client responded to a webhook, as the client reports it; Hawser cannot check it. */
export type ClientAnswer = ClientOutcome & {
  readonly deliveryId: DeliveryId;
  /** Number of the attempt that sent the webhook to the client. */
  readonly attempt: number;
  readonly answeredAtMs: number;
  readonly durationMs: number;
};

type ClientOutcome =
  | { readonly response: AttemptResponse; readonly error?: never }
  | { readonly response?: never; readonly error: { readonly code: ClientErrorCode; readonly message: string } };

/** More than a destination with ten retries reaches in years of replays. */
const MAX_ATTEMPT = 9_999;
const DAY_MS = 86_400_000;
/** The same limit as for a destination's headers; more would not fit in a log entry. */
const MAX_HEADER_CHARACTERS = 16_384;

const headers = recordField(z.union([z.string(), z.array(z.string())]))
  .default({})
  .refine(
    (given) => JSON.stringify(given).length <= MAX_HEADER_CHARACTERS,
    `must have ${formatInteger(MAX_HEADER_CHARACTERS)} characters at most`,
  );

/** The message in which a client reports the response. Unknown fields are ignored: newer clients may send more. */
export const resultMessage = z
  .object({
    action: z.literal('result'),
    delivery_id: idSchema('dlv'),
    attempt: z.int().min(1).max(MAX_ATTEMPT),
    duration_ms: z.number().min(0).max(DAY_MS),
    status_code: z.int().min(100).max(999).nullable().default(null),
    error_code: z
      .string()
      .regex(/^[A-Z][A-Z_]{0,63}$/, 'must be a code such as TIMEOUT')
      .transform((code) => code as ClientErrorCode)
      .nullable()
      .default(null),
    error_message: z.string().max(1_000).default(''),
    headers,
    body: z.string().default(''),
    body_encoding: z.enum(['utf8', 'base64']).default('utf8'),
    body_truncated: z.boolean().default(false),
  })
  .refine(
    (given) => (given.status_code === null) !== (given.error_code === null),
    'must have either status_code or error_code',
  );
export type ResultMessage = z.output<typeof resultMessage>;

/** Converts a message to what is stored: truncated and masked, like the response of any receiver. */
export function toClientAnswer(message: ResultMessage, answeredAtMs: number): ClientAnswer {
  const { delivery_id: deliveryId, attempt, duration_ms: durationMs, error_code: code } = message;
  const common = { deliveryId, attempt, answeredAtMs, durationMs };
  if (code !== null) return { ...common, error: { code, message: message.error_message } };
  const body = Buffer.from(message.body, message.body_encoding);
  return {
    ...common,
    response: {
      statusCode: Number(message.status_code),
      headers: maskSecretHeaders(toHeaderList(message.headers)),
      body: body.subarray(0, RESPONSE_BODY_LOG_BYTES),
      bodyTruncated: message.body_truncated || body.byteLength > RESPONSE_BODY_LOG_BYTES,
    },
  };
}

function toHeaderList(byName: ResultMessage['headers']): HeaderList {
  return Object.entries(byName).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const));
}
