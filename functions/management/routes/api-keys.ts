import * as z from 'zod';
import { type ApiKey, createApiKey, newApiKeyText } from '../../../core/access/api-key.ts';
import { validationFailed } from '../../../core/api-error.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { newId } from '../../../core/ids.ts';
import { maskSecret } from '../../../core/secrets/masking.ts';
import { digestOf } from '../../../core/secrets/secret-text.ts';
import { listQuery, listResponse, Paging } from '../http/paging.ts';
import type { Holder } from '../http/principal.ts';
import { defineRoute } from '../http/route.ts';
import { apiKeyResponse, createdApiKeyResponse, toApiKeyResponse } from '../responses/api-key.ts';
import { DELETED, deleted } from '../responses/success.ts';

/**
 * Only `admin` gets here, so no key can make one that may do more than itself. `expiryOf` ensures that none lives longer, either.
 */
export const apiKeyRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/api-keys',
    summary: 'Create an API key of the organization; it is shown only in this response',
    access: 'admin',
    body: createApiKey,
    idempotency: 'atomic',
    status: 201,
    response: createdApiKeyResponse,
    handle: async ({ principal, body, now }, { apiKeys }) => {
      const { organizationId, holder } = principal;
      const text = newApiKeyText();
      const key: ApiKey = {
        id: newId('key', now.getTime()),
        organizationId,
        name: body.name,
        scope: body.scope,
        digest: digestOf(text),
        maskedText: maskSecret(text),
        createdBy: holder.kind === 'root' ? null : holder.key.id,
        createdAt: now.toISOString(),
        expiresAt: expiryOf(body.expires_at, holder, now),
        lastUsedAt: null,
      };
      await apiKeys.create(key);
      return { ...toApiKeyResponse(key), key: text };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/api-keys',
    summary: 'List API keys, newest first',
    access: 'admin',
    query: listQuery,
    status: 200,
    response: listResponse('api_keys', apiKeyResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const page = await services.apiKeys.list(request.principal.organizationId, await paging.request());
      return { api_keys: page.items.map(toApiKeyResponse), ...(await paging.rest(page)) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/api-keys/{id}',
    summary: 'Revoke an API key: it stops working at once',
    access: 'admin',
    params: z.strictObject({ id: idSchema('key') }),
    status: 200,
    response: deleted,
    handle: async ({ principal, params }, { apiKeys }) => {
      await apiKeys.delete(principal.organizationId, params.id);
      return DELETED;
    },
  }),
];

/** @param askedMs `null` for never; if left out, the new key expires with the key that makes it */
function expiryOf(askedMs: number | null | undefined, maker: Holder, now: Date): string | null {
  const latest = maker.kind === 'root' ? null : maker.key.expiresAt;
  if (askedMs === undefined) return latest;
  if (askedMs !== null && askedMs <= now.getTime()) throw validationFailed('expires_at', 'must be in the future');
  if (latest !== null && (askedMs === null || askedMs > Date.parse(latest))) {
    throw validationFailed('expires_at', `must be ${latest} at the latest: then the key that makes it expires`);
  }
  return askedMs === null ? null : new Date(askedMs).toISOString();
}
