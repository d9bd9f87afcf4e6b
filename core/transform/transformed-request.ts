import type { BodyMaker } from '../deliveries/attempt.ts';
import { type HeaderList, withHeaders } from '../deliveries/delivery-headers.ts';
import { additionProblem, type UrlAddition } from '../destinations/url-addition.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { keepPassages } from '../ingest/loop-guard.ts';
import type { TransformResult } from './transform.ts';
import { joinedHeaders } from './transform-event.ts';

/** What is sent to a destination: the webhook itself, or what a transform has made of it. */
export interface OutgoingRequest {
  readonly head: RequestHead;
  /** The webhook's, byte for byte, unless a transform has made another one. */
  readonly body: Uint8Array;
  /** What a transform adds to the destination's URL, where it has one. */
  readonly addition?: UrlAddition;
  /** What has made another body of the webhook's, for the log. */
  readonly bodyFrom?: BodyMaker;
}

/** What headers say of the very bytes of a body, and would say wrongly of others. */
const ABOUT_BODY = new Set([
  'content-encoding',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'etag',
  'content-range',
]);

/** The request that a transform's result stands for. @returns what is wrong with it where it stands for none */
export function transformedRequest(
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
  return typeof body === 'string' && !isJsonOf(result)
    ? Buffer.from(body, body_encoding ?? 'utf8')
    : Buffer.from(JSON.stringify(body));
}

/** Whether its body is sent as JSON. */
function isJsonOf({ body, isTextJson }: TransformResult): boolean {
  return body !== undefined && (typeof body !== 'string' || isTextJson === true);
}

function headersOf(result: TransformResult, sent: HeaderList, bodyChanged: boolean): HeaderList {
  const headers: HeaderList = result.headers ? keepPassages(Object.entries(result.headers), sent) : sent;
  const kept = bodyChanged ? dropStaleBodyHeaders(headers, sent) : headers;
  if (!isJsonOf(result) || (result.headers && hasContentType(headers))) return kept;
  return withHeaders(kept, [['Content-Type', 'application/json']]);
}

/** What is taken over from the sender's headers, be it by `...event.headers`, was said of the sender's body. */
function dropStaleBodyHeaders(headers: HeaderList, sent: HeaderList): HeaderList {
  const ofSender = new Set(
    [...sent, ...Object.entries(joinedHeaders(sent))].map(([name, value]) => headerKey(name, value)),
  );
  return headers.filter(
    ([name, value]) => !ABOUT_BODY.has(name.toLowerCase()) || !ofSender.has(headerKey(name, value)),
  );
}

function headerKey(name: string, value: string): string {
  return `${name.toLowerCase()}: ${value}`;
}

function hasContentType(headers: HeaderList): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'content-type');
}
