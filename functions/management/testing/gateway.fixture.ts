import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { expect } from 'vitest';

export const ROOT_KEY = 'root-key-of-the-tests-0123456789abcdefghijklmnop';

export interface CallOptions {
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: object | string | Uint8Array;
  readonly query?: Record<string, string | string[]>;
  /** In place of the root key. */
  readonly key?: string;
  /** In place of a key: the cookie of a session, sent by a page of this origin. */
  readonly cookie?: string;
  /** In place of the headers that a key or a cookie is sent with. */
  readonly headers?: Record<string, string | string[]>;
  /** Sent as `X-Hawser-Organization`. */
  readonly organization?: string;
  /** Sent as `Idempotency-Key`. */
  readonly idempotencyKey?: string | string[];
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses whose shape another test has checked
  readonly body: any;
}

/** The part of `Set-Cookie` that a browser sends back. */
export function cookieOf(headers: ApiResponse['headers']): string {
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

export type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** Calls a handler as API Gateway does. */
export async function callHandler(
  handler: Handler,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<ApiResponse> {
  const { statusCode, headers = {}, body } = await handler(proxyEvent(method, path, options), context);
  expect(headers['content-type']).toBeOneOf(['application/json', 'text/html; charset=utf-8']);
  const isJson = headers['content-type'] === 'application/json';
  return { status: statusCode, headers, body: isJson ? JSON.parse(body) : body };
}

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'management',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:management',
  memoryLimitInMB: '512',
  awsRequestId: randomUUID(),
  logGroupName: '/aws/lambda/management',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 29_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

/** What API Gateway calls a handler with. */
export function proxyEvent(method: string, path: string, options: CallOptions): APIGatewayProxyEvent {
  const { body, query = {}, organization, idempotencyKey } = options;
  const headers = lists({
    ...(options.headers ?? credentialHeaders(options)),
    ...(organization !== undefined && { 'X-Hawser-Organization': organization }),
    ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
  });
  const multiQuery = lists(query);
  return {
    resource: '/v1/{proxy+}',
    path,
    httpMethod: method,
    headers: lastOfEach(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: lastOfEach(multiQuery),
    multiValueQueryStringParameters: Object.fromEntries(multiQuery),
    pathParameters: pathParameters(path),
    stageVariables: null,
    requestContext: requestContext(method, path),
    // With `binaryMediaTypes: ['*/*']` every body arrives in base64.
    body: body === undefined ? null : bytesOf(body).toString('base64'),
    isBase64Encoded: body !== undefined,
  };
}

/** The parameters of the resource that serves the path: `/v1/{proxy+}`, or `/in/{source_id}` and what is below that. */
function pathParameters(path: string): Record<string, string> {
  const [, first, second = '', ...rest] = path.split('/');
  if (first !== 'in') return { proxy: path.replace(/^\/v1\//, '') };
  return { source_id: second, ...(rest.length > 0 && { proxy: rest.join('/') }) };
}

function credentialHeaders({ key = ROOT_KEY, cookie }: CallOptions): Record<string, string> {
  return cookie === undefined
    ? { Authorization: `Bearer ${key}` }
    : { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' };
}

function lists(values: Record<string, string | string[]>): [name: string, values: string[]][] {
  return Object.entries(values).map(([name, value]) => [name, [value].flat()]);
}

function lastOfEach(values: [name: string, values: string[]][]): Record<string, string | undefined> {
  return Object.fromEntries(values.map(([name, list]) => [name, list.at(-1)]));
}

function bytesOf(body: object | string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

function requestContext(method: string, path: string): APIGatewayProxyEvent['requestContext'] {
  return {
    accountId: '000000000000',
    apiId: 'api',
    authorizer: undefined,
    protocol: 'HTTP/1.1',
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: '127.0.0.1',
      user: null,
      userAgent: 'vitest',
      userArn: null,
    },
    path: `/prod${path}`,
    stage: 'prod',
    domainName: 'api.example.com',
    requestId: randomUUID(),
    requestTimeEpoch: Date.now(),
    resourceId: 'proxy',
    resourcePath: '/v1/{proxy+}',
  };
}
