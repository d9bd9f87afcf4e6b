import * as z from 'zod';
import type { Scope } from '../../../core/access/api-key.ts';
import { toCircuitBreakerFields } from '../../../core/circuit/circuit-fields.ts';
import { shownAuth } from '../../../core/destination-types/auth.ts';
import { definitionOf, destinationTypes } from '../../../core/destination-types/registry.ts';
import { type Destination, disabledReasons, shownValues } from '../../../core/destinations/destination.ts';
import { type LifetimeFigures, NO_LIFETIME_FIGURES } from '../../../core/figures/destination-figures.ts';
import { httpMethods } from '../../../core/http-method.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { maxConcurrencyField, orderingField, rateLimitField, toOrderingField } from '../../../core/pace/pace-fields.ts';
import { backoffTypes } from '../../../core/retries/retry-policy.ts';
import { urlShownTo } from '../../../core/secrets/shown-url.ts';
import { signingField } from '../../../core/signing/signing-fields.ts';
import { figuresFields, toFiguresResponse } from './destination-figures.ts';
import { timestamp } from './times.ts';
import { waitingResponse } from './waiting.ts';

export const destinationResponse = z
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
      .meta({ description: 'Id of the template that it was created from.', examples: [null] }),
    template_variables: z.record(z.string(), z.string()).meta({
      description: "The variables of the template's payload, masked like headers.",
      examples: [{}],
    }),
    url: z
      .string()
      .nullable()
      .meta({
        description:
          '`null` except for `http`. For a key that may only read, whatever in it may grant access to the receiver is masked.',
        examples: ['https://example.com/webhooks'],
      }),
    method: z
      .enum(httpMethods)
      .nullable()
      .meta({ description: '`null`: the method that the sender used.', examples: [null] }),
    headers: z.record(z.string(), z.string()).meta({
      description: 'Values that may be credentials are masked: bullets and their last four characters.',
      examples: [{ Authorization: '••••9a1c', 'X-Team': 'orders' }],
    }),
    config: z.record(z.string(), z.unknown()).meta({
      description: "The settings of the destination's type, as given; private keys are masked, and URLs as `url` is.",
      examples: [{}],
    }),
    auth: shownAuth.nullable().meta({
      description: 'As given, with secrets masked, and `token_url` as `url` is; `null`: none.',
      examples: [{ type: 'bearer', token: '••••4d2e' }],
    }),
    secret: z
      .string()
      .nullable()
      .meta({
        description: 'Masked: its last four characters; `null` if the type is not signed.',
        examples: ['••••kY2A'],
      }),
    previous_secret_expires_at: timestamp.nullable().meta({
      description: 'Until when the secret before the last rotation also signs; `null` if there was none.',
      examples: [null],
    }),
    signing: signingField,
    enabled: z.boolean().meta({ description: 'While false, deliveries are held.', examples: [true] }),
    disabled_reason: z
      .enum(disabledReasons)
      .nullable()
      .meta({
        description:
          'Why it is disabled: its receiver has answered 410, or a request disabled it. `null` while it is enabled, like the next two, and if it was disabled before the end of November 2026.',
        examples: [null],
      }),
    disabled_at: timestamp.nullable().meta({ examples: [null] }),
    disabled_delivery_id: idSchema('dlv')
      .nullable()
      .meta({ description: 'The delivery that was answered 410.', examples: [null] }),
    archived_at: timestamp.nullable().meta({ examples: [null] }),
    timeout_seconds: z.int().meta({ examples: [10] }),
    retry_max_attempts: z.int().meta({ examples: [5] }),
    retry_backoff_type: z.enum(backoffTypes),
    retry_intervals: z.array(z.int()).meta({ examples: [[30, 300, 1800, 7200, 86_400]] }),
    retry_on: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Failures that are retried; `null`: all.', examples: [null] }),
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

export const destinationWithWaiting = destinationResponse
  .extend({
    waiting: waitingResponse.nullable().meta({
      description: 'What waits in the line of a destination with a pace; `null` if it has none.',
      examples: [null],
    }),
  })
  .meta({ id: 'DestinationWithWaiting' });

/** @param figures of its deliveries; left out for one that is new */
export function toDestinationResponse(
  destination: Destination,
  figures: LifetimeFigures = NO_LIFETIME_FIGURES,
): z.input<typeof destinationResponse> {
  const { target, retryPolicy, shownCredentials, pace, disabling } = destination;
  return {
    id: destination.id,
    name: destination.name,
    slug: destination.slug,
    description: destination.description,
    type: target.type,
    template: destination.template,
    template_variables: shownValues(shownCredentials.templateVariables ?? {}),
    url: 'url' in target ? target.url : null,
    method: 'method' in target ? target.method : null,
    headers: shownValues(shownCredentials.headers),
    config: { ...target.config, ...shownCredentials.config },
    auth: toAuthResponse(destination),
    secret: shownCredentials.secret ?? null,
    previous_secret_expires_at: shownCredentials.previousSecret?.validUntil ?? null,
    signing: destination.signing,
    enabled: destination.enabled,
    disabled_reason: disabling?.reason ?? null,
    disabled_at: disabling?.at ?? null,
    disabled_delivery_id: disabling?.deliveryId ?? null,
    archived_at: destination.archivedAt,
    timeout_seconds: destination.timeoutSeconds,
    retry_max_attempts: retryPolicy.maxRetries,
    retry_backoff_type: retryPolicy.backoff,
    retry_intervals: [...retryPolicy.intervalsSeconds],
    retry_on: retryPolicy.retryOn && [...retryPolicy.retryOn],
    circuit_breaker: toCircuitBreakerFields(destination.circuitBreaker),
    rate_limit: pace.rateLimit,
    ordering: toOrderingField(pace.ordering),
    max_concurrency: pace.maxConcurrency,
    ...toFiguresResponse(figures),
    created_at: destination.createdAt,
    updated_at: destination.updatedAt,
  };
}

/** Masks each URL as far as a key of this scope may not see it. */
export function maskUrlsFor<
  Shown extends Pick<z.input<typeof destinationResponse>, 'type' | 'url' | 'config' | 'auth'>,
>(scope: Scope, shown: Shown): Shown {
  const seen = <Fields extends Readonly<Record<string, unknown>>>(fields: Fields, urls: readonly string[]): Fields => {
    const given = Object.entries(fields).filter(([name]) => urls.includes(name));
    return { ...fields, ...Object.fromEntries(given.map(([name, url]) => [name, urlShownTo(scope, String(url))])) };
  };
  return {
    ...shown,
    url: shown.url && urlShownTo(scope, shown.url),
    config: seen(shown.config, definitionOf(shown.type).urls ?? []),
    auth: shown.auth && seen(shown.auth, ['token_url']),
  };
}

/** Adds the external id that a role must be told to expect, which is no secret: see `awsRoleAuth`. */
function toAuthResponse({ organizationId, shownCredentials }: Destination): z.input<typeof shownAuth> | null {
  const { auth } = shownCredentials;
  if (auth?.type === 'aws_role') return { ...auth, external_id: organizationId };
  return auth ?? null;
}

export const createdDestinationResponse = destinationResponse
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({
        description: 'In full, only in this response; `null` if the type is not signed.',
        examples: ['whsec_Zm9yIHRoZSByZWZlcmVuY2Ugb25seSEh'],
      }),
  })
  .meta({ id: 'CreatedDestination' });

export const connectedDestinationResponse = destinationResponse
  .extend({ connection_id: idSchema('con') })
  .meta({ id: 'ConnectedDestination' });

export const createdConnectedDestinationResponse = createdDestinationResponse
  .extend({ connection_id: idSchema('con') })
  .meta({ id: 'CreatedConnectedDestination' });
