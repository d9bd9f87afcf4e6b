import * as z from 'zod';
import { type ApiKey, scopes } from '../../core/api-key.ts';
import type { Connection } from '../../core/connection.ts';
import { shownDeduplication } from '../../core/deduplication.ts';
import { type Destination, httpMethods, showCircuitBreaker } from '../../core/destination.ts';
import { type LifetimeFigures, NO_LIFETIME_FIGURES } from '../../core/destination-figures.ts';
import { shownAuth } from '../../core/destination-types/auth.ts';
import { destinationTypes } from '../../core/destination-types/registry.ts';
import { filterField } from '../../core/filter/filter.ts';
import { exampleId, idSchema } from '../../core/id-schema.ts';
import { ingestResponse, showResponse } from '../../core/ingest-response.ts';
import type { Organization } from '../../core/organization.ts';
import { maxConcurrencyField, orderingField, rateLimitField, showOrdering } from '../../core/pace-fields.ts';
import { signingField } from '../../core/signing-fields.ts';
import { ingestUrl, type Source } from '../../core/source.ts';
import { openTransform, transformField } from '../../core/transform/kept-transform.ts';
import { shownVerification } from '../../core/verification/registry.ts';
import { figuresFields, showFigures } from './destination-figures.ts';
import type { Principal } from './principal.ts';
import { timestamp } from './times.ts';

/** The resources as the API shows them: a schema for the reference, and the function that makes the answer. */

export const deleted = z.object({ success: z.literal(true) }).meta({ id: 'Success' });
export const DELETED = { success: true } as const;

export const organizationAnswer = z
  .object({ id: idSchema('org'), name: z.string().meta({ examples: ['team-blue'] }), created_at: timestamp })
  .meta({ id: 'Organization' });

export function showOrganization({ id, name, createdAt }: Organization): z.input<typeof organizationAnswer> {
  return { id, name, created_at: createdAt };
}

export const apiKeyAnswer = z
  .object({
    id: idSchema('key'),
    name: z.string().meta({ examples: ['Reports'] }),
    scope: z.enum(scopes),
    key: z.string().meta({
      description: 'Masked: its last four characters.',
      examples: ['••••T8Zy'],
    }),
    created_by: idSchema('key').nullable().meta({ description: 'The key that made it; `null` for the root key.' }),
    last_used_at: timestamp.nullable().meta({
      description: 'Within ten minutes; `null` for one that was never used.',
    }),
    expires_at: timestamp.nullable().meta({ description: '`null` for never.', examples: [null] }),
    created_at: timestamp,
  })
  .meta({ id: 'ApiKey' });

export const createdApiKeyAnswer = apiKeyAnswer
  .extend({
    key: z.string().meta({
      description: 'In full, this once.',
      examples: ['hwk_4kYx0tQmC1vBz7nR2sLp9WfEaHd3GjUo6XqNiVrT8Zy'],
    }),
  })
  .meta({ id: 'CreatedApiKey' });

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

export const sessionAnswer = z
  .object({
    organization_id: idSchema('org'),
    organization_name: z.string().meta({ examples: ['team-blue'] }),
    scope: z.enum(scopes),
    authenticated_by: z.enum(['key', 'session']).meta({ examples: ['session'] }),
    api_key_id: idSchema('key').nullable().meta({ description: '`null` for the root key, as is its name.' }),
    api_key_name: z
      .string()
      .nullable()
      .meta({ examples: ['Reports'] }),
    expires_at: timestamp.nullable().meta({ description: 'When the session ends; `null` without one.' }),
  })
  .meta({ id: 'Session' });

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

export const sourceAnswer = z
  .object({
    id: idSchema('src'),
    name: z.string().meta({ examples: ['GitHub'] }),
    description: z
      .string()
      .nullable()
      .meta({ examples: ['Pushes and pull requests'] }),
    response: ingestResponse.nullable().meta({ description: "`null`: 200 with the event's id.", examples: [null] }),
    verification: shownVerification.nullable().meta({
      description:
        "How requests show that they are the sender's; `null`: whoever knows the URL may send. Secrets are masked.",
      examples: [null],
    }),
    deduplication: shownDeduplication
      .nullable()
      .meta({ description: 'By what copies of a webhook are known; `null`: each is an event.', examples: [null] }),
    ingest_url: z.url().meta({
      description: 'Where senders send to, by POST or most other methods, and on any path below it.',
      examples: [`https://hooks.example.com/in/${exampleId('src')}`],
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Source' });

export function showSource(source: Source, baseUrl: string): z.input<typeof sourceAnswer> {
  return {
    id: source.id,
    name: source.name,
    description: source.description,
    response: source.response && showResponse(source.response),
    verification: source.verification?.shown ?? null,
    deduplication: source.deduplication,
    ingest_url: ingestUrl(baseUrl, source.id),
    created_at: source.createdAt,
    updated_at: source.updatedAt,
  };
}

export const destinationAnswer = z
  .object({
    id: idSchema('dst'),
    name: z.string().meta({ examples: ['Orders'] }),
    slug: z
      .string()
      .nullable()
      .meta({ examples: ['orders'] }),
    description: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    type: z.enum(destinationTypes),
    template: z
      .string()
      .nullable()
      .meta({ description: 'Id of the template that it was made from.', examples: [null] }),
    template_variables: z.record(z.string(), z.string()).meta({
      description: "What the template's payload is made with, masked as headers are.",
      examples: [{}],
    }),
    url: z
      .string()
      .nullable()
      .meta({ description: '`null` but for `http`.', examples: ['https://example.com/webhooks'] }),
    method: z
      .enum(httpMethods)
      .nullable()
      .meta({ description: '`null`: the method that the sender used.', examples: [null] }),
    headers: z.record(z.string(), z.string()).meta({
      description: 'Values that may be credentials are masked: bullets and their last four characters.',
      examples: [{ Authorization: '••••9a1c', 'X-Team': 'orders' }],
    }),
    config: z.record(z.string(), z.unknown()).meta({
      description: 'What the type of destination has of its own, as it was given; private keys are masked.',
      examples: [{}],
    }),
    auth: shownAuth.nullable().meta({
      description: 'As it was given, its secrets masked; `null`: none.',
      examples: [{ type: 'bearer', token: '••••4d2e' }],
    }),
    secret: z
      .string()
      .nullable()
      .meta({
        description: 'Masked: its last four characters; `null` where the type is not signed.',
        examples: ['••••kY2A'],
      }),
    previous_secret_expires_at: timestamp.nullable().meta({
      description: 'Until when the secret before the last rotation signs too; `null` where none does, or did.',
      examples: [null],
    }),
    signing: signingField,
    enabled: z.boolean().meta({ description: 'While false, deliveries are held.', examples: [true] }),
    archived_at: timestamp.nullable().meta({ examples: [null] }),
    timeout_seconds: z.int().meta({ examples: [10] }),
    retry_max_attempts: z.int().meta({ examples: [5] }),
    retry_backoff_type: z.enum(['exponential', 'linear', 'fixed']),
    retry_intervals: z.array(z.int()).meta({ examples: [[30, 300, 1800, 7200, 86_400]] }),
    retry_on: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Failures that are tried again; `null`: all.', examples: [null] }),
    circuit_breaker: z
      .object({ enabled: z.boolean(), failure_threshold: z.int(), cooldown_seconds: z.int() })
      .meta({ examples: [{ enabled: true, failure_threshold: 5, cooldown_seconds: 60 }] }),
    rate_limit: rateLimitField.nullable().meta({ description: '`null`: none.', examples: [null] }),
    ordering: orderingField,
    max_concurrency: maxConcurrencyField.nullable().meta({ description: '`null`: no limit.', examples: [null] }),
    ...figuresFields,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Destination' });

/** @param figures left out of one that is new */
export function showDestination(
  destination: Destination,
  figures: LifetimeFigures = NO_LIFETIME_FIGURES,
): z.input<typeof destinationAnswer> {
  const { target, retryPolicy, shownCredentials, pace } = destination;
  return {
    id: destination.id,
    name: destination.name,
    slug: destination.slug,
    description: destination.description,
    type: target.type,
    template: destination.template,
    template_variables: shownCredentials.templateVariables ?? {},
    url: 'url' in target ? target.url : null,
    method: 'method' in target ? target.method : null,
    headers: shownCredentials.headers,
    config: { ...target.config, ...shownCredentials.config },
    auth: showAuthOf(destination),
    secret: shownCredentials.secret ?? null,
    previous_secret_expires_at: shownCredentials.previousSecret?.validUntil ?? null,
    signing: destination.signing,
    enabled: destination.enabled,
    archived_at: destination.archivedAt,
    timeout_seconds: destination.timeoutSeconds,
    retry_max_attempts: retryPolicy.maxRetries,
    retry_backoff_type: retryPolicy.backoff,
    retry_intervals: [...retryPolicy.intervalsSeconds],
    retry_on: retryPolicy.retryOn && [...retryPolicy.retryOn],
    circuit_breaker: showCircuitBreaker(destination.circuitBreaker),
    rate_limit: pace.rateLimit,
    ordering: showOrdering(pace.ordering),
    max_concurrency: pace.maxConcurrency,
    ...showFigures(figures),
    created_at: destination.createdAt,
    updated_at: destination.updatedAt,
  };
}

/** With what a role must be told to expect, which is no secret: see `awsRoleAuth`. */
function showAuthOf({ organizationId, shownCredentials }: Destination): z.input<typeof shownAuth> | null {
  const { auth } = shownCredentials;
  if (auth?.type === 'aws_role') return { ...auth, external_id: organizationId };
  return auth ?? null;
}

export const createdDestinationAnswer = destinationAnswer
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({
        description: 'In full, this once; `null` where the type is not signed.',
        examples: ['whsec_Zm9yIHRoZSByZWZlcmVuY2Ugb25seSEh'],
      }),
  })
  .meta({ id: 'CreatedDestination' });

export const connectedDestinationAnswer = destinationAnswer
  .extend({ connection_id: idSchema('con') })
  .meta({ id: 'ConnectedDestination' });

export const createdConnectedDestinationAnswer = createdDestinationAnswer
  .extend({ connection_id: idSchema('con') })
  .meta({ id: 'CreatedConnectedDestination' });

export const connectionAnswer = z
  .object({
    id: idSchema('con'),
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Pushes to the build'] }),
    description: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    filter: filterField.nullable().meta({ description: 'Which events go over it; `null`: all.', examples: [null] }),
    transform: transformField.nullable().meta({
      description: "What is sent in place of them; `null`: what came, or what the destination's template makes of it.",
      examples: [null],
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Connection' });

export function showConnection(connection: Connection): z.input<typeof connectionAnswer> {
  return {
    id: connection.id,
    source_id: connection.sourceId,
    destination_id: connection.destinationId,
    name: connection.name,
    description: connection.description,
    filter: connection.filter,
    transform: connection.transform && openTransform(connection.transform),
    created_at: connection.createdAt,
    updated_at: connection.updatedAt,
  };
}
