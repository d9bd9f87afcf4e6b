import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import { ApiError, bodyTooLarge, validationFailed } from '../../../core/api-error.ts';
import { notEmptyMessage } from '../../../core/fields/shared-fields.ts';
import { detailsOf, type Noun, wordsOf } from './problems.ts';

/** Plenty for configuration, which is what the API is for. Large webhooks go to an ingest URL. */
export const MAX_API_BODY_BYTES = 256 * 1024;

/** The first value of a header. API Gateway keeps the sender's case. @param name in lower case */
export function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  for (const [key, value] of Object.entries(event.headers ?? {})) {
    if (key.toLowerCase() === name) return value;
  }
  return undefined;
}

/** All values of a header. @param name in lower case */
export function headerValuesOf(event: APIGatewayProxyEvent, name: string): string[] {
  return Object.entries(event.multiValueHeaders ?? {}).flatMap(([key, values]) =>
    key.toLowerCase() === name ? (values ?? []) : [],
  );
}

/** The query as an object. @throws ApiError VALIDATION_FAILED when a parameter is given twice */
export function queryOf(event: APIGatewayProxyEvent): Record<string, string> {
  const pairs: [name: string, value: string][] = [];
  for (const [name, values = []] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    const [value, ...others] = values;
    if (value === undefined) continue;
    if (others.length > 0) throw validationFailed(name, 'must be given once');
    pairs.push([name, value]);
  }
  // Not by assignment: a parameter named `__proto__` would set the prototype, and not be seen.
  return Object.fromEntries(pairs);
}

/** The body as it was sent. */
export function bodyBytesOf({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

/** The parsed body; an empty one is an empty object. @throws ApiError PAYLOAD_TOO_LARGE, INVALID_JSON */
export function jsonBodyOf(event: APIGatewayProxyEvent): unknown {
  const bytes = bodyBytesOf(event);
  if (bytes.byteLength > MAX_API_BODY_BYTES) throw bodyTooLarge(MAX_API_BODY_BYTES);
  if (bytes.byteLength === 0) return {};
  const parsed = parseJson(bytes);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ApiError('INVALID_JSON', 'The body must be a JSON object');
  }
  return parsed;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? withoutQuote(error.message) : 'it is not UTF-8';
    throw new ApiError('INVALID_JSON', `The body is not valid JSON: ${why}`);
  }
}

/**
 * V8 quotes the text around the problem, as in `Unexpected token 'h', …"api_key":hwk_4k… is not valid JSON`. It may be part of
 * a secret, and is cut off.
 */
function withoutQuote(message: string): string {
  return message.replace(/, (\.\.\.)?".*$/s, '');
}

/** @throws ApiError VALIDATION_FAILED with every problem and its path */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  noun: Noun = 'field',
): z.output<Schema> {
  const { data, error } = schema.safeParse(value, { error: wordsOf, reportInput: true });
  if (!error) return data;
  const isMistyped = error.issues.some(({ code }) => code === 'unrecognized_keys');
  // Whoever has mistyped the only field of a change has one problem. That the change is empty merely follows from it.
  const issues = error.issues.filter(({ message }) => !isMistyped || message !== notEmptyMessage);
  const details = issues.flatMap((issue) => detailsOf(issue, noun));
  const [first] = details;
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see details)` : '';
  const message = first ? `${first.path ? `${first.path} ` : ''}${first.problem}${more}` : 'The request is not valid';
  throw new ApiError('VALIDATION_FAILED', message, { details });
}
