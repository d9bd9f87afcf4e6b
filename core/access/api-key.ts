import * as z from 'zod';
import { nameField, timeField } from '../fields/shared-fields.ts';
import type { ApiKeyId, OrganizationId } from '../ids.ts';
import { isSecretText, newSecretText, type SecretDigest } from '../secrets/secret-text.ts';

/** What a key may do: each scope includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export function covers(scope: Scope, needed: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(needed);
}

/** A key of one organization. Its text is shown once and never stored. */
export interface ApiKey {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly scope: Scope;
  /** Digest of its text. */
  readonly digest: SecretDigest;
  /** Bullets and the last four characters of its text. */
  readonly maskedText: string;
  /** The key that created it; `null` for the root key. */
  readonly createdBy: ApiKeyId | null;
  /** ISO 8601, UTC, as all times here. */
  readonly createdAt: string;
  /** `null`: valid until revoked. */
  readonly expiresAt: string | null;
  /** At most some minutes old; `null` before the first use. */
  readonly lastUsedAt: string | null;
}

export const createApiKey = z
  .strictObject({
    name: nameField,
    scope: z.enum(scopes),
    expires_at: timeField.nullable().optional().meta({
      description:
        'In the future; `null` for never. Must not be later than the expiry of the key that creates it. If omitted, the new key expires with its creator.',
    }),
  })
  .meta({ id: 'CreateApiKey', examples: [{ name: 'Reports', scope: 'read' }] });

const PREFIX = 'hwk';

export function newApiKeyText(): string {
  return newSecretText(PREFIX);
}

export function isApiKeyText(text: string): boolean {
  return isSecretText(PREFIX, text);
}

export function isExpired({ expiresAt }: { readonly expiresAt: string | null }, now: Date): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime();
}
