import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './aws-error.ts';
import type { WireRequest, WireResponse, WireService } from './wire.ts';

/** One operation: parsed JSON in, JSON out. A modelled failure is a thrown `AwsError`. */
export type AwsJsonOperation = (input: Record<string, unknown>, request: WireRequest) => Promise<object>;

type AwsJsonOperations = Readonly<Record<string, AwsJsonOperation>>;

export interface AwsJsonServiceOptions {
  readonly signingName: string;
  /** The part of `X-Amz-Target` before the dot, e.g. `DynamoDB_20120810`. */
  readonly targetPrefix: string;
  readonly jsonVersion: '1.0' | '1.1';
  /** The namespace of error types in `__type`, e.g. `com.amazonaws.sqs`. Without it, only the code is written. */
  readonly errorNamespace?: string;
  readonly operations: AwsJsonOperations;
  /** More APIs under the same signing name, by target prefix: DynamoDB Streams beside DynamoDB. */
  readonly siblings?: Readonly<Record<string, AwsJsonOperations>>;
  /** ARNs of what a request addresses: see `WireService`. */
  readonly addressed?: (input: Record<string, unknown>) => readonly string[] | undefined;
  /** Extra response headers, e.g. DynamoDB's `x-amz-crc32`. */
  readonly responseHeaders?: (body: string) => Record<string, string>;
}

/** The AWS JSON 1.0/1.1 protocols: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
export function awsJsonService(options: AwsJsonServiceOptions): WireService {
  const { signingName, targetPrefix, jsonVersion, errorNamespace, responseHeaders, addressed } = options;
  const operationsByTarget = new Map([[targetPrefix, options.operations], ...Object.entries(options.siblings ?? {})]);
  const contentType = `application/x-amz-json-${jsonVersion}`;

  function respond(status: number, payload: object, headers: Record<string, string> = {}): WireResponse {
    const body = JSON.stringify(payload);
    return {
      status,
      headers: {
        'content-type': contentType,
        'x-amzn-requestid': randomUUID(),
        ...headers,
        ...responseHeaders?.(body),
      },
      body,
    };
  }

  return {
    signingName,
    async handle(request) {
      const [prefix = '', name] = (request.headers['x-amz-target'] ?? '').split('.');
      const operations = operationsByTarget.get(prefix);
      if (!operations || !name) {
        throw new AwsError('UnknownOperationException', `Unknown operation ${request.headers['x-amz-target'] ?? ''}`);
      }
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (!operation) throw notImplemented(signingName, `the operation ${name}`);
      return respond(200, await operation(parseBody(request.body), request));
    },
    ...(addressed && { addressed: ({ body }) => addressed(parseBody(body)) }),
    errorResponse(error) {
      const type = errorNamespace ? `${errorNamespace}#${error.code}` : error.code;
      return respond(
        error.status,
        { __type: type, message: error.message, ...error.members },
        { 'x-amzn-errortype': error.code },
      );
    },
  };
}

function parseBody(body: Uint8Array): Record<string, unknown> {
  if (body.byteLength === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new AwsError('SerializationException', 'The request body must be a JSON object');
  }
  return parsed as Record<string, unknown>;
}
