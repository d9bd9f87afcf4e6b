import * as z from 'zod';
import { circuitBreakerChange, circuitBreakerField, circuitBreakerOf } from '../circuit/circuit-fields.ts';
import { newConnectionFields } from '../deliveries/connection.ts';
import { fillIn } from '../destination-templates/fill-in.ts';
import { destinationTemplateIds } from '../destination-templates/registry.ts';
import type { DestinationAuth } from '../destination-types/auth.ts';
import { http } from '../destination-types/http.ts';
import {
  definitionOf,
  destinationTarget,
  destinationTypes,
  nameOf,
  otherTypes,
} from '../destination-types/registry.ts';
import { splitConfig, typeFields } from '../destination-types/type-change.ts';
import { descriptionField, nameField, notEmpty, notEmptyMessage, slugField, slugOf } from '../fields/shared-fields.ts';
import { NO_PACE } from '../pace/pace.ts';
import { maxConcurrencyField, orderingField, orderingOf, rateLimitField } from '../pace/pace-fields.ts';
import { retryIntervalsField } from '../retries/retry-intervals.ts';
import { backoffTypes, DEFAULT_RETRY_POLICY } from '../retries/retry-policy.ts';
import { newRetryOnField } from '../retries/retry-rules.ts';
import { signingClashes } from '../signing/signing-clash.ts';
import { secretField } from '../signing/signing-fields.ts';
import type { DestinationChange, DestinationSettings } from './destination.ts';

const MAX_RETRIES = 10;
export const MAX_TIMEOUT_SECONDS = 60;
const DEFAULT_TIMEOUT_SECONDS = 10;

/** Fields of every type of destination. */
const fields = {
  name: nameField,
  slug: slugField
    .nullable()
    .meta({ description: 'For URLs and command lines; made from the name by default. Not unique.' }),
  description: descriptionField.nullable(),
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).meta({ description: 'For the whole attempt.' }),
  retry_max_attempts: z.int().min(0).max(MAX_RETRIES),
  retry_backoff_type: z.enum(backoffTypes).meta({
    description:
      'The delay after an attempt. `exponential`: the next interval of the list; `linear`: the first interval times the number of the retry; `fixed`: the first interval.',
  }),
  retry_intervals: retryIntervalsField,
  retry_on: newRetryOnField.nullable(),
  rate_limit: rateLimitField.nullable(),
  ordering: orderingField,
  max_concurrency: maxConcurrencyField.nullable(),
  enabled: z.boolean().meta({ description: 'While false, deliveries are held; true releases them.' }),
};

const createFields = {
  name: fields.name.optional(),
  slug: fields.slug.optional(),
  description: fields.description.default(null),
  timeout_seconds: fields.timeout_seconds.default(DEFAULT_TIMEOUT_SECONDS),
  retry_max_attempts: fields.retry_max_attempts.default(DEFAULT_RETRY_POLICY.maxRetries),
  retry_backoff_type: fields.retry_backoff_type.default(DEFAULT_RETRY_POLICY.backoff),
  retry_intervals: fields.retry_intervals.default(DEFAULT_RETRY_POLICY.intervalsSeconds),
  retry_on: fields.retry_on.default(null),
  circuit_breaker: circuitBreakerField.prefault({}),
  rate_limit: fields.rate_limit.default(NO_PACE.rateLimit),
  ordering: fields.ordering.default('none'),
  max_concurrency: fields.max_concurrency.default(NO_PACE.maxConcurrency),
  enabled: fields.enabled.default(true),
};

const examples = [{ name: 'Orders', url: 'https://example.com/webhooks', headers: { 'X-Team': 'orders' } }];

/** An `http` destination as a request may give it. Fields that a template may fill in have no default yet. */
export const createHttpFields = z
  .strictObject({
    type: z.literal('http').default('http'),
    template: z
      .enum(destinationTemplateIds, { error: `must be one of: ${destinationTemplateIds.join(', ')}` })
      .nullable()
      .default(null),
    template_variables: http.fields.template_variables.default({}),
    url: http.fields.url.optional(),
    method: http.fields.method.optional(),
    headers: http.fields.headers.default({}),
    config: http.config.default({}),
    auth: http.auth.default(null),
    secret: http.fields.secret.optional(),
    signing: http.fields.signing.optional(),
    ...createFields,
  })
  .meta(httpMeta('Create'));

export const createHttp = createHttpFields.transform(withTemplate);

function httpMeta(verb: string) {
  return {
    id: `${verb}HttpDestination`,
    description: 'Without a `template`, `url` is required.',
    examples,
  };
}

function withTemplate<Fields extends z.output<typeof createHttpFields>>(given: Fields, context: z.core.$RefinementCtx) {
  const result = fillIn(given);
  const problems = 'filledIn' in result ? signingClashes({ ...given, ...result.filledIn }) : result.problems;
  if ('filledIn' in result && problems.length === 0) return { ...given, ...result.filledIn };
  for (const { path, problem } of problems) {
    context.addIssue({ code: 'custom', path: path.split('.'), message: problem });
  }
  return z.NEVER;
}

/** Destinations of the other types: their own settings are in `config` and `auth`. */
function createOthers<More extends z.ZodRawShape>(verb: string, more: More) {
  return otherTypes.map(definitionOf).map(({ type, config, auth }) =>
    z
      .strictObject({ type: z.literal(type), config: orEmpty(config), auth: orNone(auth), ...createFields, ...more })
      .meta({
        id: `${verb}${type.charAt(0).toUpperCase()}${type.slice(1)}Destination`,
      }),
  );
}

/** The default applies only to new destinations: in a change, leaving the field out would set it to the default. */
function orNone(auth: z.ZodType<DestinationAuth | null>): z.ZodType<DestinationAuth | null> {
  return auth.safeParse(null).success ? auth.default(null) : auth;
}

/** The same for objects whose fields all have defaults. */
function orEmpty(config: z.ZodType<Record<string, unknown>>): z.ZodType<Record<string, unknown>> {
  return config.safeParse({}).success ? config.prefault({}) : config;
}

const byType = {
  error: ({ code }: { readonly code?: string }) =>
    code === 'invalid_union' ? `must be one of: ${destinationTypes.join(', ')}` : undefined,
};

/** `type` decides which other fields are allowed; by default it is `http`. */
export const createDestination = z
  .discriminatedUnion('type', [createHttp, ...createOthers('Create', {})], byType)
  .meta({ id: 'CreateDestination', examples });

const createConnectedHttp = createHttpFields
  .extend(newConnectionFields)
  .meta(httpMeta('CreateConnected'))
  .transform(withTemplate);

/** The same, with the fields of the connection that is created with it. */
export const createConnectedDestination = z
  .discriminatedUnion('type', [createConnectedHttp, ...createOthers('CreateConnected', newConnectionFields)], byType)
  .meta({ id: 'CreateConnectedDestination', examples });

/** A week: as long as the longest interval between two retries. */
const MAX_OVERLAP_SECONDS = 604_800;
const DEFAULT_OVERLAP_SECONDS = 86_400;

export const rotateSecret = z
  .strictObject({
    secret: secretField.optional(),
    overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS).meta({
      description: 'How long the previous secret also signs, so that receivers can switch over without a gap.',
    }),
  })
  .meta({ id: 'RotateSecret', examples: [{ overlap_seconds: 3600 }] });
export type RotateSecret = z.output<typeof rotateSecret>;

export const updateDestination = z
  .strictObject({
    ...fields,
    circuit_breaker: circuitBreakerChange,
    ...typeFields,
  })
  .partial()
  .refine(notEmpty, notEmptyMessage)
  .meta({
    id: 'UpdateDestination',
    minProperties: 1,
    examples: [{ timeout_seconds: 5, retry_intervals: [5, 25, 120, 600] }],
  });

export type CreateDestination = z.output<typeof createDestination>;
export type UpdateDestination = z.output<typeof updateDestination>;

/** Call this only after the URL has been checked. */
export function settingsOf(input: CreateDestination): DestinationSettings {
  const target = destinationTarget.parse({ ...input, config: splitConfig(input.type, input.config).open });
  const name = input.name ?? nameOf(target);
  return {
    name,
    slug: input.slug === undefined ? slugOf(name) : input.slug,
    description: input.description,
    target,
    signing: 'signing' in input ? input.signing : { scheme: 'none' },
    timeoutSeconds: input.timeout_seconds,
    retryPolicy: {
      maxRetries: input.retry_max_attempts,
      backoff: input.retry_backoff_type,
      intervalsSeconds: input.retry_intervals,
      retryOn: input.retry_on,
    },
    circuitBreaker: circuitBreakerOf(input.circuit_breaker),
    pace: {
      rateLimit: input.rate_limit,
      ordering: orderingOf(input.ordering),
      maxConcurrency: input.max_concurrency,
    },
    enabled: input.enabled,
  };
}

/** The settings that an update changes, without credentials and circuit breaker. */
export function changeOf(input: UpdateDestination): DestinationChange {
  const { name, slug, description, url, method, config, signing } = input;
  return {
    name,
    slug,
    description,
    target: { url, method, config },
    signing,
    timeoutSeconds: input.timeout_seconds,
    retryPolicy: {
      maxRetries: input.retry_max_attempts,
      backoff: input.retry_backoff_type,
      intervalsSeconds: input.retry_intervals,
      retryOn: input.retry_on,
    },
    pace: {
      rateLimit: input.rate_limit,
      ordering: input.ordering && orderingOf(input.ordering),
      maxConcurrency: input.max_concurrency,
    },
    enabled: input.enabled,
  };
}
