import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { type ErrorCode, errorKinds } from '../../../core/api-error.ts';
import { isKeyed } from '../http/idempotency.ts';
import { type Route, readsBody } from '../http/route.ts';
import type { Schemas } from './schemas.ts';
import type { Reference, ResponseObject } from './types.ts';

/** The errors in the document: which operation can return which. */

const codes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];

const errorSchema = z
  .object({
    error: z.string().meta({ description: 'The status in words; may change.', examples: ['Bad Request'] }),
    message: z.string().meta({
      description: 'What is wrong and what to do, for people; may change.',
      examples: ['colour is not a known field'],
    }),
    code: z.enum(codes).meta({ description: 'What programs compare. Codes are added, never changed.' }),
    request_id: z.string().meta({
      description: "Finds the request in the function's log.",
      examples: ['4c8941b2-2e67-41f8-8a37-c31cc6c0638c'],
    }),
    details: z
      .array(
        z.object({
          path: z.string().meta({ description: 'Where; empty for the body as a whole.', examples: ['colour'] }),
          problem: z.string().meta({ examples: ['is not a known field'] }),
        }),
      )
      .optional()
      .meta({ description: 'Each problem, with `VALIDATION_FAILED` and `INVALID_URL`.' }),
  })
  .meta({ id: 'Error', description: 'Every error, whichever component returns it.' });

type ErrorsByStatus = ReadonlyMap<number, readonly ErrorCode[]>;

/** What API Gateway returns in front of each function, and what each function returns when it fails. */
const everywhere: ErrorsByStatus = new Map([
  [400, ['BAD_REQUEST']],
  [429, ['RATE_LIMITED']],
  [431, ['BAD_REQUEST']],
  [500, ['INTERNAL_ERROR']],
  [502, ['INTERNAL_ERROR']],
  [504, ['INTERNAL_ERROR']],
]);

/** Exactly the errors that a route can return, by status. */
export function errorsOf(route: Pick<Route, 'method' | 'access' | 'key' | 'errors' | 'idempotency'>): ErrorsByStatus {
  // Every route refuses query parameters that it does not know.
  const own: ErrorCode[] = ['VALIDATION_FAILED'];
  if (readsBody(route)) own.push('INVALID_JSON', 'PAYLOAD_TOO_LARGE');
  // Wherever a header can name an organization, it may name one that does not exist.
  if (route.key !== 'none') own.push('UNAUTHORIZED', 'RESOURCE_NOT_FOUND');
  // Every scope may read. A session may only change things from the dashboard's own pages.
  if (route.key !== 'none' && (route.access !== 'read' || route.method !== 'GET')) own.push('FORBIDDEN');
  // The idempotency key was used for a different request, or the request with it is still running.
  if (isKeyed(route)) own.push('CONFLICT');
  return withStatuses([...own, ...(route.errors ?? [])]);
}

/** @param own the codes beside those that every operation can return */
export function withStatuses(own: readonly ErrorCode[]): ErrorsByStatus {
  const byStatus = new Map<number, ErrorCode[]>(Map.groupBy(new Set(own), (code) => errorKinds[code].status));
  for (const [status, codes] of everywhere) byStatus.set(status, [...(byStatus.get(status) ?? []), ...codes]);
  return new Map([...byStatus].sort(([one], [other]) => one - other));
}

/** The error responses, which operations share. */
export class ErrorResponses {
  readonly shared: Record<string, ResponseObject> = {};
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  of(errors: ErrorsByStatus): Record<string, ResponseObject | Reference> {
    return Object.fromEntries([...errors].map(([status, own]) => [status, this.#referenceTo(status, own)]));
  }

  #referenceTo(status: number, own: readonly ErrorCode[]): Reference {
    // One code may stand for several statuses, such as 500, 502 and 504.
    const isOwnStatus = own.every((code) => errorKinds[code].status === status);
    const name = [...own, ...(isOwnStatus ? [] : [status])].join('.');
    this.shared[name] ??= {
      'x-error-codes': own,
      description: own.map((code) => `\`${code}\`: ${errorKinds[code].meaning}`).join('\n\n'),
      ...headersOf(status),
      content: {
        'application/json': { schema: this.#schemas.ofResponse(errorSchema), examples: examplesOf(status, own) },
      },
    };
    return { $ref: `#/components/responses/${name}` };
  }
}

function headersOf(status: number): Pick<ResponseObject, 'headers'> {
  if (status === 401) {
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
    return {
      headers: {
        'x-amzn-Remapped-WWW-Authenticate': {
          description: 'The scheme to use: `WWW-Authenticate`, which API Gateway renames in the answers of functions.',
          schema: { type: 'string', examples: ['Bearer'] },
        },
      },
    };
  }
  if (status !== 429 && status !== 409) return {};
  return {
    headers: {
      'Retry-After': {
        description: `Seconds until it is worth trying again${status === 409 ? '; absent where the state has to change first' : ''}.`,
        schema: { type: 'integer', examples: [1] },
      },
    },
  };
}

function examplesOf(status: number, own: readonly ErrorCode[]): Record<string, { value: object }> {
  const detailed = new Set<ErrorCode>(['VALIDATION_FAILED', 'INVALID_URL']);
  return Object.fromEntries(
    own.map((code) => {
      const [path, problem] =
        code === 'INVALID_URL' ? ['url', 'is not encrypted; use https'] : ['colour', 'is not a known field'];
      const value = {
        // API Gateway has the same text for everything that it refuses itself.
        error: code === 'BAD_REQUEST' ? 'Bad Request' : STATUS_CODES[status],
        message: detailed.has(code) ? `${path} ${problem}` : errorKinds[code].meaning,
        code,
        request_id: '4c8941b2-2e67-41f8-8a37-c31cc6c0638c',
        ...(detailed.has(code) && { details: [{ path, problem }] }),
      };
      return [code, { value }];
    }),
  );
}
