import { encodedText } from '../../core/events/body-text.ts';
import type { Answer } from './forward.ts';
import type { EventFrame } from './frame.ts';

/** Hawser's limits: docs/destinations/websocket.md. */
const MAX_HEADER_CHARACTERS = 16_384;
const MAX_ERROR_CHARACTERS = 1_000;

/** The message that tells Hawser what the program answered. */
export function buildResultMessage({ delivery_id, attempt }: EventFrame, answer: Answer): object {
  const about = { action: 'result', delivery_id, attempt, duration_ms: answer.durationMs };
  if (answer.kind === 'failed') {
    return { ...about, error_code: answer.code, error_message: answer.message.slice(0, MAX_ERROR_CHARACTERS) };
  }
  const { text, encoding } = encodedText(answer.body);
  return {
    ...about,
    status_code: answer.statusCode,
    headers: JSON.stringify(answer.headers).length <= MAX_HEADER_CHARACTERS ? answer.headers : {},
    body: text,
    body_encoding: encoding,
    body_truncated: answer.bodyTruncated,
  };
}
