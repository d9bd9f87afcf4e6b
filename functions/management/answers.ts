import * as z from 'zod';
import { type ApiKey, scopes } from '../../core/api-key.ts';
import type { Connection } from '../../core/connection.ts';
import { type Destination, destinationTypes, httpMethods, signingSchemes } from '../../core/destination.ts';
import { type LifetimeFigures, NO_LIFETIME_FIGURES } from '../../core/destination-figures.ts';
import { ingestResponse, showResponse } from '../../core/ingest-response.ts';
import type { Organization } from '../../core/organization.ts';
import { ingestUrl, type Source } from '../../core/source.ts';
import { figuresFields, showFigures } from './destination-figures.ts';
import type { Principal } from './principal.ts';

/** The resources as the API shows them: a schema for the reference, and the function that makes the answer. */

const timestamp = z.iso.datetime();

export const deleted = z.object({ success: z.literal(true) });
export const DELETED = { success: true } as const;

export const organizationAnswer = z.object({ id: z.string(), name: z.string(), created_at: timestamp });

export function showOrganization({ id, name, createdAt }: Organization): z.input<typeof organizationAnswer> {
  return { id, name, created_at: createdAt };
}

export const apiKeyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(scopes),
  /** Masked but in the answer to the request that made it. */
  key: z.string(),
  /** Id of the key that made it; `null` for the root key. */
  created_by: z.string().nullable(),
  /** Within ten minutes; `null` for one that was never used. */
  last_used_at: timestamp.nullable(),
  expires_at: timestamp.nullable(),
  created_at: timestamp,
});

export function showApiKey(key: ApiKey): z.input<typeof apiKeyAnswer> {
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

export const sessionAnswer = z.object({
  organization_id: z.string(),
  organization_name: z.string(),
  scope: z.enum(scopes),
  authenticated_by: z.enum(['key', 'session']),
  /** `null` for the root key, as is its name. */
  api_key_id: z.string().nullable(),
  api_key_name: z.string().nullable(),
  /** When the session ends; `null` without one. */
  expires_at: timestamp.nullable(),
});

export function showSession(
  { holder, scope, session }: Principal,
  organization: Organization,
): z.input<typeof sessionAnswer> {
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

export const sourceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** `null`: 200 with the event's id. */
  response: ingestResponse.nullable(),
  ingest_url: z.url(),
  created_at: timestamp,
  updated_at: timestamp,
});

export function showSource(source: Source, publicUrl: string): z.input<typeof sourceAnswer> {
  return {
    id: source.id,
    name: source.name,
    description: source.description,
    response: source.response && showResponse(source.response),
    ingest_url: ingestUrl(publicUrl, source.id),
    created_at: source.createdAt,
    updated_at: source.updatedAt,
  };
}

export const destinationAnswer = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string().nullable(),
  description: z.string().nullable(),
  type: z.enum(destinationTypes),
  /** Id of the template that it was made from. */
  template: z.string().nullable(),
  /** What the template's payload is made with, masked as headers are. */
  template_variables: z.record(z.string(), z.string()),
  url: z.string(),
  method: z.enum(httpMethods).nullable(),
  /** Values that may be credentials are masked: bullets and their last four characters. */
  headers: z.record(z.string(), z.string()),
  /** Masked but in the answer to the request that made the destination. */
  secret: z.string(),
  /** Until when the secret before the last rotation signs too; `null` where none does, or did. */
  previous_secret_expires_at: timestamp.nullable(),
  signing: z.object({ scheme: z.enum(signingSchemes) }),
  enabled: z.boolean(),
  archived_at: timestamp.nullable(),
  timeout_seconds: z.int(),
  retry_max_attempts: z.int(),
  retry_backoff_type: z.enum(['exponential', 'linear', 'fixed']),
  retry_intervals: z.array(z.int()),
  ...figuresFields,
  created_at: timestamp,
  updated_at: timestamp,
});

/** @param figures left out of one that is new */
export function showDestination(
  destination: Destination,
  figures: LifetimeFigures = NO_LIFETIME_FIGURES,
): z.input<typeof destinationAnswer> {
  const { retryPolicy, shownCredentials } = destination;
  return {
    id: destination.id,
    name: destination.name,
    slug: destination.slug,
    description: destination.description,
    type: destination.type,
    template: destination.template,
    template_variables: shownCredentials.templateVariables ?? {},
    url: destination.url,
    method: destination.method,
    headers: shownCredentials.headers,
    secret: shownCredentials.secret,
    previous_secret_expires_at: shownCredentials.previousSecret?.validUntil ?? null,
    signing: destination.signing,
    enabled: destination.enabled,
    archived_at: destination.archivedAt,
    timeout_seconds: destination.timeoutSeconds,
    retry_max_attempts: retryPolicy.maxRetries,
    retry_backoff_type: retryPolicy.backoff,
    retry_intervals: [...retryPolicy.intervalsSeconds],
    ...showFigures(figures),
    created_at: destination.createdAt,
    updated_at: destination.updatedAt,
  };
}

export const connectedDestinationAnswer = destinationAnswer.extend({ connection_id: z.string() });

export const connectionAnswer = z.object({
  id: z.string(),
  source_id: z.string(),
  destination_id: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  created_at: timestamp,
  updated_at: timestamp,
});

export function showConnection(connection: Connection): z.input<typeof connectionAnswer> {
  return {
    id: connection.id,
    source_id: connection.sourceId,
    destination_id: connection.destinationId,
    name: connection.name,
    description: connection.description,
    created_at: connection.createdAt,
    updated_at: connection.updatedAt,
  };
}
