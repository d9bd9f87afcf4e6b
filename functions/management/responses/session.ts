import * as z from 'zod';
import { scopes } from '../../../core/access/api-key.ts';
import type { Organization } from '../../../core/access/organization.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { Principal } from '../http/principal.ts';
import { timestamp } from './times.ts';

export const sessionResponse = z
  .object({
    organization_id: idSchema('org'),
    organization_name: z.string().meta({ examples: ['team-blue'] }),
    scope: z.enum(scopes),
    authenticated_by: z.enum(['key', 'session']).meta({ examples: ['session'] }),
    api_key_id: idSchema('key').nullable().meta({ description: '`null` for the root key, like its name.' }),
    api_key_name: z
      .string()
      .nullable()
      .meta({ examples: ['Reports'] }),
    expires_at: timestamp.nullable().meta({ description: 'When the session ends; `null` without one.' }),
  })
  .meta({ id: 'Session' });

export function toSessionResponse(
  { holder, scope, session }: Principal,
  organization: Organization,
): z.input<typeof sessionResponse> {
  return {
    organization_id: organization.id,
    organization_name: organization.name,
    scope,
    authenticated_by: session ? 'session' : 'key',
    api_key_id: holder.kind === 'root' ? null : holder.key.id,
    api_key_name: holder.kind === 'root' ? null : holder.key.name,
    expires_at: session?.expiresAt ?? null,
  };
}
