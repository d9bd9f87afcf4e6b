import { validateHeaderName, validateHeaderValue } from 'node:http';

/** A function's response, ready for the wire. */
export interface ProxyResponse {
  readonly status: number;
  /** Name, value, name, value … in the function's own spelling. */
  readonly headers: string[];
  /** Text stays a string. Node then writes head and body in one piece, which halves the cost of a small response. */
  readonly body: Buffer | string;
}

/** The function returned what API Gateway calls a malformed Lambda proxy response. */
export class MalformedProxyResponse extends Error {}

const MEMBERS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/**
 * Headers that an integration may not set. API Gateway sends them as `x-amzn-Remapped-<name>`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
 */
const REMAPPED = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'trailer',
  'upgrade',
  'user-agent',
  'www-authenticate',
]);

/**
 * Reads what a function returned to its proxy integration. No member is mandatory, and only the five known ones are allowed.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 *
 * @param decodeBase64 whether the API's binary media types let a base64 body be decoded for this client.
 * @throws MalformedProxyResponse that says what is wrong.
 */
export function parseProxyResponse(payload: string, decodeBase64: boolean): ProxyResponse {
  const response = asRecord(parseJson(payload), 'the response');
  for (const name of Object.keys(response)) {
    if (!MEMBERS.has(name)) throw new MalformedProxyResponse(`the response has an unknown member ${name}`);
  }
  const headers = headersOf(response.headers, response.multiValueHeaders);
  const body = bodyOf(response.body, response.isBase64Encoded === true && decodeBase64);
  return {
    status: statusOf(response.statusCode),
    headers,
    // With a text body, Node would write the head in the same piece and encode its latin1 bytes as UTF-8. A buffer prevents that.
    body: typeof body === 'string' && headers.some(hasLatin1) ? Buffer.from(body) : body,
  };
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    throw new MalformedProxyResponse('the response is not JSON');
  }
}

function statusOf(statusCode: unknown): number {
  if (statusCode === undefined || statusCode === null) return 200;
  const status = typeof statusCode === 'string' ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new MalformedProxyResponse('statusCode is not a status from 200 to 599');
  }
  return status;
}

function bodyOf(body: unknown, base64: boolean): Buffer | string {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') throw new MalformedProxyResponse('body is not a string');
  return base64 ? Buffer.from(body, 'base64') : body;
}

function hasLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return true;
  return false;
}

function headersOf(headers: unknown, multiValueHeaders: unknown): string[] {
  const out: string[] = [];
  const multi = multiValueHeaders ? Object.entries(asRecord(multiValueHeaders, 'multiValueHeaders')) : [];
  // A name in both lists gets all values, those of multiValueHeaders first and in its spelling.
  const spelling = new Map(multi.map(([name]) => [name.toLowerCase(), name]));
  for (const [name, values] of multi) {
    if (!Array.isArray(values)) throw new MalformedProxyResponse(`multiValueHeaders.${name} is not a list`);
    for (const value of values) append(out, name, value);
  }
  for (const [name, value] of headers ? Object.entries(asRecord(headers, 'headers')) : []) {
    append(out, spelling.get(name.toLowerCase()) ?? name, value);
  }
  return out;
}

function append(out: string[], name: string, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'boolean') {
    throw new MalformedProxyResponse(`the header ${name} is not a string`);
  }
  const lowerName = name.toLowerCase();
  if (lowerName === 'transfer-encoding') return;
  const sentName = REMAPPED.has(lowerName) ? `x-amzn-Remapped-${name}` : name;
  try {
    validateHeaderName(sentName);
    validateHeaderValue(sentName, String(value));
  } catch {
    throw new MalformedProxyResponse(`the header ${JSON.stringify(name)} can't be sent`);
  }
  out.push(sentName, String(value));
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedProxyResponse(`${what} is not an object`);
  }
  return value as Record<string, unknown>;
}
