import * as z from 'zod';
import type { ClientAnswer } from '../../../core/clients/client-answer.ts';
import { type Attempt, MAX_ERROR_MESSAGE_LENGTH } from '../../../core/deliveries/attempt.ts';
import { headersByName } from '../../../core/deliveries/delivery-headers.ts';
import { isoTime } from '../../../core/iso-time.ts';
import type { LoggedAttempt } from '../../stores/deliveries/delivery-reader.ts';
import { bodyEncoding, escapedLength, headersResponse, MAX_TEXT_CHARACTERS, toEncodedText } from './message.ts';
import { timestamp } from './times.ts';

/** Attempts as the API shows them: of deliveries, and of test webhooks. */

export const attemptResponse = z
  .object({
    number: z.int().meta({ examples: [6] }),
    started_at: timestamp,
    duration_ms: z.number().meta({ examples: [12] }),
    status_code: z
      .int()
      .nullable()
      .meta({ examples: [503] }),
    error_code: z
      .string()
      .nullable()
      .meta({
        description:
          '`TIMEOUT`, `DNS_ERROR` and so on, when there was no response or none that could be read; otherwise the error code of AWS or a broker that refused, or the one that a client of a WebSocket destination reported.',
        examples: [null],
      }),
    error_message: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    request_method: z
      .string()
      .nullable()
      .meta({
        description: '`null` if the attempt was not an HTTP request to the destination: for AWS types and for clients.',
        examples: ['POST'],
      }),
    request_target: z
      .string()
      .nullable()
      .meta({
        description:
          "The URL that was called, secrets masked; the queue's URL, `s3://bucket/key`, or the event bus. `null` if it was not logged, and for WebSocket destinations.",
        examples: ['https://example.com/webhooks'],
      }),
    request_headers: headersResponse.meta({ description: 'As sent, with secrets masked.' }),
    response_headers: headersResponse.nullable().meta({ examples: [{ 'Content-Length': '4' }] }),
    response_body: z
      .string()
      .nullable()
      .meta({ description: 'Its first 16 KiB, decoded.', examples: ['busy'] }),
    response_body_encoding: bodyEncoding.nullable(),
    response_body_truncated: z.boolean().meta({ examples: [false] }),
  })
  .meta({ id: 'Attempt' });

export function toAttemptResponse({ response, error, ...attempt }: Attempt): z.input<typeof attemptResponse> {
  const body = response && toEncodedText(response.body);
  return {
    number: attempt.number,
    started_at: isoTime(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    status_code: response?.statusCode ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    request_method: attempt.request?.method ?? null,
    request_target: attempt.request?.target ?? null,
    request_headers: headersByName(attempt.requestHeaders),
    response_headers: response ? headersByName(response.headers) : null,
    response_body: body?.text ?? null,
    response_body_encoding: body?.encoding ?? null,
    response_body_truncated: response?.bodyTruncated ?? false,
  };
}

const clientAnswer = z
  .object({
    answered_at: timestamp,
    duration_ms: z.number().meta({ examples: [12] }),
    status_code: z
      .int()
      .nullable()
      .meta({ examples: [500] }),
    error_code: z
      .string()
      .nullable()
      .meta({ description: '`CONNECTION_REFUSED`, `TIMEOUT` and so on, as reported by the client.', examples: [null] }),
    error_message: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    headers: headersResponse.nullable().meta({ examples: [{ 'Content-Length': '4' }] }),
    body: z
      .string()
      .nullable()
      .meta({ description: 'Its first 16 KiB.', examples: ['busy'] }),
    body_encoding: bodyEncoding.nullable(),
    body_truncated: z.boolean().meta({ examples: [false] }),
  })
  .meta({ id: 'ClientAnswer' });

function toClientAnswerResponse({
  answeredAtMs,
  durationMs,
  response,
  error,
}: ClientAnswer): z.input<typeof clientAnswer> {
  const body = response && toEncodedText(response.body);
  return {
    answered_at: isoTime(answeredAtMs),
    duration_ms: durationMs,
    status_code: response?.statusCode ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    headers: response ? headersByName(response.headers) : null,
    body: body?.text ?? null,
    body_encoding: body?.encoding ?? null,
    body_truncated: response?.bodyTruncated ?? false,
  };
}

export const loggedAttempt = attemptResponse
  .extend({
    request_body_from: z
      .enum(['event', 'transform', 'template'])
      .nullable()
      .meta({
        description:
          "Where the body came from: the event, byte for byte, or the connection's transform or the destination's template, whose output is not stored. `null` if it was not logged.",
        examples: ['event'],
      }),
    client_answer: clientAnswer.nullable().meta({
      description:
        'What the program behind a client of a WebSocket destination answered, if the client has reported it.',
      examples: [null],
    }),
    shortened: z.boolean().meta({
      description:
        'Whether headers, bodies and `client_answer` are left out, because those of newer attempts have filled the answer.',
      examples: [false],
    }),
  })
  .meta({ id: 'LoggedAttempt' });

type ShownAttempt = z.input<typeof loggedAttempt>;

/** The newest attempts whole, and those before them shortened, where all of them together would be too large. */
export function toLoggedAttemptsResponse(attempts: readonly LoggedAttempt[]): ShownAttempt[] {
  const whole = attempts.map(toWholeAttempt);
  const shown = whole.map(shortened);
  let left = MAX_TEXT_CHARACTERS - escapedLength(shown);
  for (const [index, attempt] of [...whole.entries()].reverse()) {
    left -= escapedLength(attempt);
    if (left < 0) break;
    shown[index] = attempt;
  }
  return shown;
}

function toWholeAttempt(attempt: LoggedAttempt): ShownAttempt {
  const { clientAnswer: told, request } = attempt;
  return {
    ...toAttemptResponse(attempt),
    request_body_from: request ? (request.bodyFrom ?? 'event') : null,
    client_answer: told ? toClientAnswerResponse(told) : null,
    shortened: false,
  };
}

function shortened(attempt: ShownAttempt): ShownAttempt {
  return {
    ...attempt,
    // Earlier versions logged longer ones.
    error_message: attempt.error_message?.slice(0, MAX_ERROR_MESSAGE_LENGTH) ?? null,
    request_headers: {},
    response_headers: null,
    response_body: null,
    response_body_encoding: null,
    client_answer: null,
    shortened: true,
  };
}
