import * as z from 'zod';
import { formatInteger } from '../format-integer.ts';
import { isMaskedForm, MASKED_FORM } from '../secrets/masking.ts';
import { recordField } from './record-field.ts';

export const MAX_HEADERS = 50;
const MAX_HEADER_NAME_LENGTH = 128;
const MAX_HEADER_VALUE_LENGTH = 4096;
/** Most servers refuse requests with more than 8 to 16 KB of headers, and the sender's are added to these. */
const MAX_HEADERS_LENGTH = 16_384;
/** A token by RFC 9110 §5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5, visible ASCII. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/;
/** Headers of the HTTP connection, and those in which Hawser describes the delivery. */
const RESERVED_HEADER =
  /^(host|content-length|transfer-encoding|connection|keep-alive|proxy-connection|te|trailer|upgrade|expect|cdn-loop|webhook-(id|timestamp|signature)|x-hawser-.*)$/i;

/** Headers by name, except those that Hawser sets itself. */
export const headersField = recordField(z.string()).superRefine((headers, context) => {
  const names = Object.keys(headers);
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (names.length > MAX_HEADERS) refuse([], `must have at most ${MAX_HEADERS} headers`);
  if (Object.entries(headers).flat().join('').length > MAX_HEADERS_LENGTH) {
    refuse([], `must have at most ${formatInteger(MAX_HEADERS_LENGTH)} characters in all`);
  }
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const problem = headerProblem(name, value) ?? (seen.has(name.toLowerCase()) ? 'is given twice' : undefined);
    if (problem) refuse([name], problem);
    seen.add(name.toLowerCase());
  }
});

/** The name of any header. */
export const headerNameField = z
  .string()
  .min(1)
  .max(MAX_HEADER_NAME_LENGTH)
  .regex(HEADER_NAME, 'must be the name of a header');

/** The name of a header that `headers` accepts. */
export const headerField = z.string().superRefine((name, context) => {
  const problem = nameProblem(name);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

function headerProblem(name: string, value: string): string | undefined {
  const problem = nameProblem(name);
  if (problem) return problem;
  if (value.length > MAX_HEADER_VALUE_LENGTH)
    return `must have at most ${formatInteger(MAX_HEADER_VALUE_LENGTH)} characters`;
  if (isMaskedForm(value)) return MASKED_FORM;
  return HEADER_VALUE.test(value) ? undefined : 'must be printable ASCII, and not empty';
}

function nameProblem(name: string): string | undefined {
  if (!HEADER_NAME.test(name) || name.length > MAX_HEADER_NAME_LENGTH) return 'is not a valid header name';
  return RESERVED_HEADER.test(name) ? 'is set by Hawser itself and cannot be replaced' : undefined;
}
