import { SESSION_HOURS } from '../../../core/access/session.ts';
import type { Parameter, ResponseObject, SecurityRequirement } from './types.ts';

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of one organization, or the root key: `Authorization: Bearer KEY`.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'The same key, where there is no `Authorization`.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-hawser_session',
    description:
      `The cookie that \`POST /v1/session\` sets, for ${SESSION_HOURS} hours (over plain http on one machine: \`hawser_session\`). ` +
      'With it a change must come from a page of the API’s own origin: `Sec-Fetch-Site: same-origin`, or, where that is missing, an `Origin` that is the API’s.',
  },
} as const;

export const anyKey: readonly SecurityRequirement[] = [{ bearer: [] }, { apiKey: [] }, { session: [] }];

/** Headers that many operations take. */
export const headerParameters: Readonly<Record<'Organization' | 'IdempotencyKey', Parameter>> = {
  Organization: {
    name: 'X-Hawser-Organization',
    in: 'header',
    required: false,
    description:
      'The organization to act in, by id or name: for the root key, which acts in `default` without it. An API key can only name its own.',
    schema: { type: 'string', minLength: 1, maxLength: 64 },
    example: 'team-blue',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Makes the request safe to repeat. The same key with the same request gets the first response again; with a different request it gets a 409.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
    example: '3f1c8a52-7e0b-4d5e-9a55-0c1f7a2b3c4d',
  },
};

/** In the response to a request with an `Idempotency-Key`. */
export const replayedHeader: NonNullable<ResponseObject['headers']>[string] = {
  description: 'Present if this response was already given to the first request with this key.',
  schema: { type: 'string', enum: ['true'], examples: ['true'] },
};
