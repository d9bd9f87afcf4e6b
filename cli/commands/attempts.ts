import * as z from 'zod';
import { clean, cleanText, type Output } from '../output.ts';
import { type ShownHeaders, shownHeaders } from '../shown-headers.ts';

export const attempt = z.looseObject({
  number: z.number(),
  started_at: z.string(),
  duration_ms: z.number(),
  status_code: z.number().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  request_method: z.string().nullish(),
  request_target: z.string().nullish(),
  /** Only for a delivery: a test webhook has no event. */
  request_body_from: z.string().nullish(),
  request_headers: shownHeaders,
  response_headers: shownHeaders.nullable(),
  response_body: z.string().nullable(),
  response_body_encoding: z.string().nullable(),
  response_body_truncated: z.boolean(),
  /** Only for a delivery to a WebSocket destination whose client has reported. */
  client_answer: z
    .looseObject({
      duration_ms: z.number(),
      status_code: z.number().nullable(),
      error_code: z.string().nullable(),
      error_message: z.string().nullable(),
      headers: shownHeaders.nullable(),
      body: z.string().nullable(),
      body_encoding: z.string().nullable(),
    })
    .nullish(),
  /** Only for a delivery: whether headers and bodies were left out. */
  shortened: z.boolean().nullish(),
});
export type Attempt = z.output<typeof attempt>;

/** The outcome of an attempt, in a word or a number. */
export function resultOf({
  status_code,
  error_code,
  error_message,
}: Pick<Attempt, 'status_code' | 'error_code' | 'error_message'>): string {
  const code = [status_code, error_code].filter((part) => part !== null).join(' ');
  return error_message === null ? code : `${code}: ${clean(error_message)}`;
}

/** With headers and bodies, as far as they are stored. */
export function showAttempt(out: Output, one: Attempt): void {
  out.line('');
  out.line(out.styled('bold', `Attempt ${one.number}  ${resultOf(one)}`));
  const clientAnswer = one.client_answer;
  const isAttemptItself = clientAnswer != null && isTheAttempt(clientAnswer, one);
  const ofIt = isAttemptItself ? `, including ${clientAnswer.duration_ms} ms in the program behind the client` : '';
  out.line(`${one.started_at}, ${one.duration_ms} ms${ofIt}`);
  const called = [one.request_method, one.request_target].filter((part) => part != null).join(' ');
  if (called) out.line(`${out.styled('dim', '> ')}${clean(called)}`);
  showHeaders(out, '> ', one.request_headers);
  if (one.request_body_from) out.line(`${out.styled('dim', '> ')}(body: ${bodyFrom(one.request_body_from)})`);
  showHeaders(out, '< ', one.response_headers ?? {});
  showBody(out, one.response_body, one.response_body_encoding);
  if (one.response_body_truncated) out.note('(the rest of the body was not stored)');
  if (one.shortened) out.note('(headers and body not shown: there are too many newer attempts)');
  if (!clientAnswer || isAttemptItself) return;
  out.line('');
  out.line(out.styled('bold', `The program behind the client  ${resultOf(clientAnswer)}`));
  out.line(`${clientAnswer.duration_ms} ms`);
  showHeaders(out, '< ', clientAnswer.headers ?? {});
  showBody(out, clientAnswer.body, clientAnswer.body_encoding);
}

/** The body is not stored a second time: the event has it, or it would have to be made again. */
function bodyFrom(maker: string): string {
  return maker === 'event' ? "the event's" : `made by the ${clean(maker)}`;
}

/** True where the destination waits for the client's answer, which is then the attempt's own. */
function isTheAttempt(clientAnswer: NonNullable<Attempt['client_answer']>, one: Attempt): boolean {
  return (
    clientAnswer.status_code === one.status_code &&
    clientAnswer.error_code === one.error_code &&
    clientAnswer.body === one.response_body
  );
}

function showBody(out: Output, body: string | null, encoding: string | null): void {
  if (!body) return;
  out.line('');
  out.line(encoding === 'base64' ? `base64: ${body}` : cleanText(body));
}

export function showHeaders(out: Output, mark: string, by: ShownHeaders): void {
  for (const [name, value] of Object.entries(by)) {
    for (const one of [value].flat()) out.line(`${out.styled('dim', mark + clean(name))}: ${clean(one)}`);
  }
}
