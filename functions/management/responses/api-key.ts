import * as z from 'zod';
import { type ApiKey, scopes } from '../../../core/access/api-key.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { timestamp } from './times.ts';

export const apiKeyResponse = z
  .object({
    id: idSchema('key'),
    name: z.string().meta({ examples: ['Reports'] }),
    scope: z.enum(scopes),
    key: z.string().meta({
      description: 'Masked: its last four characters.',
      examples: ['••••T8Zy'],
    }),
    created_by: idSchema('key').nullable().meta({ description: 'The key that created it; `null` for the root key.' }),
    last_used_at: timestamp.nullable().meta({
      description: 'Accurate to ten minutes; `null` if it was never used.',
    }),
    expires_at: timestamp.nullable().meta({ description: '`null`: it never expires.', examples: [null] }),
    created_at: timestamp,
  })
  .meta({ id: 'ApiKey' });

export const createdApiKeyResponse = apiKeyResponse
  .extend({
    key: z.string().meta({
      description: 'In full, only in this response.',
      examples: ['hwk_4kYx0tQmC1vBz7nR2sLp9WfEaHd3GjUo6XqNiVrT8Zy'],
    }),
  })
  .meta({ id: 'CreatedApiKey' });

export function toApiKeyResponse(key: ApiKey): z.input<typeof apiKeyResponse> {
  return {
    id: key.id,
    name: key.name,
    scope: key.scope,
    key: key.maskedText,
    created_by: key.createdBy,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    created_at: key.createdAt,
  };
}
