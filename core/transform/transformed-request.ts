import type { BodyMaker } from '../deliveries/attempt.ts';
import { type HeaderList, withHeaders } from '../deliveries/delivery-headers.ts';
import { additionProblem, type UrlAddition } from '../destinations/url-addition.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { keepPassages } from '../ingest/loop-guard.ts';
import type { TransformResult } from './transform.ts';
import { joinedHeaders } from './transform-event.ts';

/** A request to a destination: the webhook itself, or the result of a transform. */
export interface OutgoingRequest {
  readonly head: RequestHead;
  /** The webhook's, byte for byte, unless a transform replaced it. */
  readonly body: Uint8Array;
  /** What a transform appends to the destination's URL, if it has one. */
  readonly addition?: UrlAddition;
  /** What replaced the webhook's body, for the log. */
  readonly bodyFrom?: BodyMaker;
}

/** Headers that describe the exact bytes of a body, and would be wrong for any other body. */
const BODY_HEADERS = new Set([
  'content-encoding',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'etag',
  'content-range',
]);

/** Applies a transform's result to the original request. @returns the problem if the result does not make a valid request */
export function applyTransformResult(
  result: TransformResult,
  original: OutgoingRequest,
): { readonly request: OutgoingRequest } | { readonly problem: string } {
  const addition = { path: result.path ?? '', query: result.query ?? '' };
  const problem = additionProblem(addition);
  if (problem !== undefined) return { problem: `returned a result whose ${problem}` };
  const body = bodyOf(result, original.body);
  const head = {
    ...original.head,
    method: result.method ?? original.head.method,
    headers: headersOf(result, original.head.headers, Buffer.compare(body, original.body) !== 0),
  };
  const adds = addition.path !== '' || addition.query !== '';
  return { request: { head, body, ...(adds && { addition }) } };
}

function bodyOf(result: TransformResult, original: Uint8Array): Uint8Array {
  if (result.body === undefined) return original;
  const { body, body_encoding } = result;
  return typeof body === 'string' && !hasJsonBody(result)
    ? Buffer.from(body, body_encoding ?? 'utf8')
    : Buffer.from(JSON.stringify(body));
}

/** Whether the body is sent as JSON. */
function hasJsonBody({ body, isTextJson }: TransformResult): boolean {
  return body !== undefined && (typeof body !== 'string' || isTextJson === true);
}

function headersOf(result: TransformResult, sent: HeaderList, bodyChanged: boolean): HeaderList {
  const headers: HeaderList = result.headers ? keepPassages(Object.entries(result.headers), sent) : sent;
  const kept = bodyChanged ? dropStaleBodyHeaders(headers, sent) : headers;
  if (!hasJsonBody(result) || (result.headers && hasContentType(headers))) return kept;
  return withHeaders(kept, [['Content-Type', 'application/json']]);
}

/** A body header with the sender's value, even if copied by `...event.headers`, described the sender's body. */
function dropStaleBodyHeaders(headers: HeaderList, sent: HeaderList): HeaderList {
  const ofSender = new Set(
    [...sent, ...Object.entries(joinedHeaders(sent))].map(([name, value]) => headerKey(name, value)),
  );
  return headers.filter(
    ([name, value]) => !BODY_HEADERS.has(name.toLowerCase()) || !ofSender.has(headerKey(name, value)),
  );
}

function headerKey(name: string, value: string): string {
  return `${name.toLowerCase()}: ${value}`;
}

function hasContentType(headers: HeaderList): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'content-type');
}
