import type { GatewayResponseSpec } from './rest-api.ts';

interface ResponseType {
  /** Absent for the two defaults, whose status is that of the error itself. */
  readonly status?: number;
  readonly errorType: string;
  readonly message: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const RESPONSE_TYPES = {
  DEFAULT_4XX: { errorType: 'BadRequestException', message: 'Bad Request' },
  DEFAULT_5XX: { errorType: 'InternalServerErrorException', message: 'Internal server error' },
  INTEGRATION_TIMEOUT: {
    status: 504,
    errorType: 'InternalServerErrorException',
    message: 'Endpoint request timed out',
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    errorType: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  },
  REQUEST_TOO_LARGE: { status: 413, errorType: 'RequestTooLargeException', message: 'Request Too Long' },
  THROTTLED: { status: 429, errorType: 'TooManyRequestsException', message: 'Too Many Requests' },
} as const satisfies Record<string, ResponseType>;

/** The responses that the gateway itself sends. A template may configure further types, which this gateway never needs. */
export type GatewayResponseType = keyof typeof RESPONSE_TYPES;

/** What differs from one error to the next of the same type. */
export interface GatewayError {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** Overrides the type's own text. */
  readonly message?: string;
  /** The status under DEFAULT_4XX or DEFAULT_5XX, where the template sets none. */
  readonly status?: number;
}

export interface RenderedGatewayResponse {
  readonly status: number;
  /** Name, value, name, value … */
  readonly headers: string[];
  readonly body: string;
}

type Substitution = (error: GatewayError, type: GatewayResponseType) => string;

const messageOf: Substitution = (error, type) => error.message ?? RESPONSE_TYPES[type].message;

const CONTEXT: Readonly<Record<string, Substitution>> = {
  'context.requestId': (error) => error.requestId,
  'context.extendedRequestId': (error) => error.extendedRequestId,
  'context.error.message': messageOf,
  'context.error.messageString': (error, type) => JSON.stringify(messageOf(error, type)),
  'context.error.responseType': (_error, type) => type,
};

const AWS_TEMPLATE = '{"message":$context.error.messageString}';

interface Compiled {
  readonly status: number | undefined;
  readonly body: readonly (string | Substitution)[];
  readonly headers: readonly (readonly [name: string, value: string | Substitution])[];
}

/**
 * The `AWS::ApiGateway::GatewayResponse` resources of an API, compiled once.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 */
export class GatewayResponses {
  readonly #byType = new Map<string, Compiled>();

  /** @throws Error for a template, header or content type that the gateway can't honour. */
  constructor(specs: Readonly<Record<string, GatewayResponseSpec>>) {
    for (const [type, spec] of Object.entries(specs)) this.#byType.set(type, compile(type, spec));
  }

  render(type: GatewayResponseType, error: GatewayError): RenderedGatewayResponse {
    const known: ResponseType = RESPONSE_TYPES[type];
    const defaultStatus = error.status ?? known.status ?? (type === 'DEFAULT_4XX' ? 400 : 500);
    const compiled = this.#byType.get(type) ?? this.#byType.get(defaultStatus >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX');
    const text = (part: string | Substitution) => (typeof part === 'string' ? part : part(error, type));
    const headers = ['Content-Type', 'application/json', 'x-amzn-ErrorType', known.errorType];
    for (const [name, value] of compiled?.headers ?? []) headers.push(name, text(value));
    return {
      status: compiled?.status ?? defaultStatus,
      headers,
      body: (compiled?.body ?? DEFAULT_BODY).map(text).join(''),
    };
  }
}

function compile(type: string, spec: GatewayResponseSpec): Compiled {
  const { 'application/json': template = AWS_TEMPLATE, ...otherTypes } = spec.templates ?? {};
  for (const contentType of Object.keys(otherTypes)) {
    throw new Error(`gateway response ${type}: the content type ${contentType} is not supported`);
  }
  const status = spec.statusCode === undefined ? undefined : Number(spec.statusCode);
  if (status !== undefined && !(Number.isInteger(status) && status >= 400 && status <= 599)) {
    throw new Error(`gateway response ${type}: ${spec.statusCode} is not a status from 400 to 599`);
  }
  return {
    status,
    body: compileTemplate(type, template),
    headers: Object.entries(spec.headers ?? {}).map(([key, value]) => compileHeader(type, key, value)),
  };
}

/** Splits a template at its `$context.…` variables. Velocity directives and other variables are refused. */
function compileTemplate(type: string, template: string): (string | Substitution)[] {
  return template.split(/(\$[\w.!{]*\w|#\w+)/).map((part, at) => {
    if (at % 2 === 0) return part;
    const substitution = CONTEXT[part.slice(1)];
    if (!substitution) throw new Error(`gateway response ${type}: ${part} is not supported in a template`);
    return substitution;
  });
}

const HEADER_PREFIX = 'gatewayresponse.header.';

function compileHeader(type: string, key: string, value: string): readonly [string, string | Substitution] {
  if (!key.startsWith(HEADER_PREFIX)) throw new Error(`gateway response ${type}: ${key} is not supported`);
  const name = key.slice(HEADER_PREFIX.length);
  const literal = value.match(/^'(.*)'$/);
  const compiled = literal ? literal[1] : CONTEXT[value];
  if (compiled === undefined)
    throw new Error(`gateway response ${type}: ${value} is not supported for the header ${name}`);
  return [name, compiled];
}

const DEFAULT_BODY = compileTemplate('default', AWS_TEMPLATE);
