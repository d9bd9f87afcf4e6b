import * as z from 'zod';
import { headersByName, senderHeaders } from '../../../core/deliveries/delivery-headers.ts';
import type { OutgoingRequest } from '../../../core/transform/transformed-request.ts';
import type { Transformation } from '../../shared/event-transforms.ts';
import { headersResponse, toEncodedText } from './message.ts';

/**
 * If the request has an `Idempotency-Key`, the response is stored in a row of at most 400 KB, in base64, and the body in it may
 * be in base64 already.
 */
const SHOWN_BODY_BYTES = 64 * 1024;

const madeRequest = z
  .object({
    method: z.string().meta({ examples: ['POST'] }),
    path: z.string().meta({ description: "What is appended to the path of the destination's URL.", examples: [''] }),
    query: z.string().meta({ description: "What is appended to the query of the destination's URL.", examples: [''] }),
    headers: headersResponse.meta({
      description: "Without the destination's own headers and those of Hawser.",
      examples: [{ 'Content-Type': 'application/json' }],
    }),
    body: z.string().meta({
      description: 'Its first 64 KiB: as text if they are UTF-8, else in base64.',
      examples: ['{"text":"refs/heads/main"}'],
    }),
    body_encoding: z.enum(['utf8', 'base64']),
    body_bytes: z.int().meta({ description: 'The size of the whole body.', examples: [26] }),
  })
  .meta({ id: 'TransformedRequest' });

export const transformTestResponse = z
  .object({
    outcome: z.enum(['transformed', 'dropped', 'failed']),
    request: madeRequest.nullable().meta({ description: 'What would be sent, if the outcome is `transformed`.' }),
    error: z
      .object({
        message: z.string().meta({ examples: ['ref is not defined'] }),
        line: z
          .int()
          .nullable()
          .meta({ description: 'The line of the transform, from 1.', examples: [2] }),
      })
      .nullable()
      .meta({ description: 'What went wrong, if the outcome is `failed`.', examples: [null] }),
    logs: z
      .array(
        z.object({
          level: z.enum(['log', 'info', 'warn', 'error', 'debug']),
          message: z.string().meta({ examples: ['no ref'] }),
        }),
      )
      .meta({ description: 'Its output by `console.log` and similar; the output of deliveries is not stored.' }),
  })
  .meta({ id: 'TransformTestResult' });

export function toTransformTestResponse(made: Transformation): z.input<typeof transformTestResponse> {
  return {
    outcome: made.kind,
    request: made.kind === 'transformed' ? toRequestResponse(made.request) : null,
    error: made.kind === 'failed' ? { message: made.message, line: made.line ?? null } : null,
    logs: [...made.logs],
  };
}

function toRequestResponse({ head, body, addition }: OutgoingRequest): z.input<typeof madeRequest> {
  const shown = toEncodedText(beginningOf(body));
  return {
    method: head.method,
    path: addition?.path ?? '',
    query: addition?.query ?? '',
    headers: headersByName(senderHeaders(head.headers)),
    body: shown.text,
    body_encoding: shown.encoding,
    body_bytes: body.byteLength,
  };
}

/** Cut between two characters, so that the beginning of a text is itself text. */
function beginningOf(body: Uint8Array): Uint8Array {
  let end = Math.min(body.byteLength, SHOWN_BODY_BYTES);
  while (end > SHOWN_BODY_BYTES - 4 && ((body[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return body.subarray(0, end);
}
