import * as z from 'zod';
import { HEADER_NAME } from '../fields/headers-field.ts';
import { formatInteger } from '../format-integer.ts';
import { httpMethods } from '../http-method.ts';
import { isObject } from '../is-object.ts';
import { clip } from './clip.ts';
import { MAX_HEADERS_LENGTH } from './limits.ts';
import { type ResultField, unknownFieldProblem } from './result-fields.ts';
import type { TransformResult } from './transform.ts';

/** RFC 9110 §5.5, including the bytes beyond ASCII that some senders use. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** A segment that URL parsers resolve, in any spelling. https://url.spec.whatwg.org/#double-dot-path-segment */
const DOT_SEGMENT = /(^|[/\\])(\.|%2e){1,2}($|[/\\])/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: matching them is the purpose
const CONTROL = /[\x00-\x1f\x7f]/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const ONLY_OF_TEXT = 'must be a string where body_encoding is given';

const line = z.string('must be a string').refine((text) => !CONTROL.test(text), 'must not have control characters');

const path = line
  .refine((text) => text === '' || text.startsWith('/'), 'must begin with /')
  .refine((text) => !/[?#]/.test(text), 'must not have ? or #; a query goes into query')
  .refine((text) => !DOT_SEGMENT.test(text), 'must not have . or .. between slashes');

const query = line
  .refine((text) => !text.startsWith('?'), 'must not begin with ?')
  .refine((text) => !text.includes('#'), 'must not have #');

/** Not a zod record, which would silently drop a sender's `__proto__`. */
const headers = z
  .custom<Readonly<Record<string, string>>>(isObject, { error: 'must be an object of strings', abort: true })
  .superRefine((given, context) => {
    const seen = new Set<string>();
    for (const [name, value] of Object.entries<unknown>(given)) {
      const refuse = (message: string) => context.addIssue({ code: 'custom', path: [name], message });
      if (typeof value !== 'string') refuse('must be a string');
      else if (!HEADER_NAME.test(name)) refuse('is not a valid header name');
      else if (!HEADER_VALUE.test(value)) refuse('must not have control characters, or any beyond U+00FF');
      else if (seen.has(name.toLowerCase())) refuse('is given twice');
      seen.add(name.toLowerCase());
    }
    if (Object.entries(given).flat().join('').length > MAX_HEADERS_LENGTH) {
      context.addIssue({
        code: 'custom',
        message: `must have at most ${formatInteger(MAX_HEADERS_LENGTH)} characters in all`,
      });
    }
  });

const result = z
  .strictObject(
    {
      method: z.enum(httpMethods, `must be one of ${httpMethods.join(', ')}`).exactOptional(),
      path: path.exactOptional(),
      query: query.exactOptional(),
      headers: headers.exactOptional(),
      body: z.unknown().exactOptional(),
      body_encoding: z.enum(['utf8', 'base64'], 'must be utf8 or base64').exactOptional(),
    } satisfies Record<ResultField, z.ZodType>,
    {
      error: ({ code }) => (code === 'invalid_type' ? 'transform must return an object, or null' : undefined),
    },
  )
  .superRefine(({ body, body_encoding }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['body'], message });
    if (body_encoding === undefined) return;
    if (typeof body !== 'string') refuse(ONLY_OF_TEXT);
    else if (body_encoding === 'base64' && !isBase64(body)) refuse('must be base64, as body_encoding says');
  });

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text);
}

type ReadResult = { readonly result: TransformResult | null } | { readonly problem: string };

/** Parses and checks what a program returned. @param json as stringified in the sandbox */
export function readResult(json: string, isTextJson?: true): ReadResult {
  const returned: unknown = JSON.parse(json);
  if (returned === null) return { result: null };
  const parsed = result.safeParse(returned);
  if (!parsed.success) return { problem: problemIn(parsed.error) };
  if (!isTextJson) return { result: parsed.data };
  if (parsed.data.body_encoding !== undefined) return { problem: `body ${ONLY_OF_TEXT}` };
  return { result: { ...parsed.data, isTextJson } };
}

/** The first problem, with the name of its field. */
function problemIn({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'returned an invalid result';
  if (issue.code === 'unrecognized_keys') {
    return clip(unknownFieldProblem(issue.keys[0] ?? ''));
  }
  return clip([issue.path.join('.'), issue.message].join(' ').trim());
}
