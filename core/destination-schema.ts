import * as z from 'zod';
import { type CircuitBreaker, DEFAULT_CIRCUIT_BREAKER, MAX_COOLDOWN_SECONDS } from './circuit.ts';
import {
  type DestinationChange,
  type DestinationSettings,
  destinationTypes,
  httpMethods,
  signingSchemes,
} from './destination.ts';
import { fillIn } from './destination-templates/fill-in.ts';
import { destinationTemplateIds } from './destination-templates/registry.ts';
import { descriptionField, nameField, notEmpty, notEmptyMessage, slugField, slugOf } from './fields.ts';
import { headersField, MAX_HEADERS } from './headers-field.ts';
import { NO_PACE } from './pace.ts';
import { maxConcurrencyField, orderingField, orderingOf, rateLimitField } from './pace-fields.ts';
import { retryIntervalsField } from './retry-intervals.ts';
import { DEFAULT_RETRY_POLICY } from './retry-policy.ts';
import { retryOnField } from './retry-rules.ts';

const MIN_SECRET_LENGTH = 8;
const MAX_SECRET_LENGTH = 256;
const MAX_RETRIES = 10;
const MAX_TIMEOUT_SECONDS = 60;
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_FAILURE_THRESHOLD = 100;

const secretField = z
  .string()
  .min(MIN_SECRET_LENGTH)
  .max(MAX_SECRET_LENGTH)
  .refine((secret) => secret.isWellFormed(), 'must be well-formed Unicode')
  .refine((secret) => !secret.includes('••'), 'is the masked form of a secret, not a secret')
  .refine(
    (secret) => !secret.startsWith('whsec_') || z.base64().min(1).safeParse(secret.slice('whsec_'.length)).success,
    'must have base64 after whsec_; a secret that is no base64 must not begin with whsec_',
  );

const fields = {
  name: nameField,
  slug: slugField.nullable().meta({ description: 'For URLs and command lines; made from the name. Not unique.' }),
  description: descriptionField.nullable(),
  /** Its rules are in destination-url.ts: they depend on where Hawser runs, and have an error code of their own. */
  url: z.string().meta({
    description: 'Absolute, https, without user name and password, to a public address; else `INVALID_URL`.',
    examples: ['https://example.com/webhooks'],
  }),
  method: z.enum(httpMethods).nullable().meta({ description: '`null`: the method that the sender used.' }),
  headers: headersField.meta({
    description: `Sent with each request, in place of the sender's of the same name. At most ${MAX_HEADERS}, of visible ASCII; not those that Hawser sets.`,
  }),
  template_variables: z.record(z.string(), z.string()).meta({
    description: 'What the template is filled in with: which there are, the template says.',
  }),
  secret: secretField.meta({
    description: '`whsec_` and base64, or any other text, whose UTF-8 bytes are the secret. Made where none is given.',
  }),
  signing: z.strictObject({ scheme: z.enum(signingSchemes) }).meta({
    description: '`standard` is Standard Webhooks; `none` sends no signature.',
  }),
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).meta({ description: 'For the whole attempt.' }),
  retry_max_attempts: z.int().min(0).max(MAX_RETRIES),
  retry_backoff_type: z.enum(['exponential', 'linear', 'fixed']).meta({
    description:
      'What follows an attempt: the next interval of the list, the first one times its number, or the first.',
  }),
  retry_intervals: retryIntervalsField,
  retry_on: retryOnField.nullable(),
  circuit_breaker: z
    .strictObject({
      enabled: z.boolean().default(DEFAULT_CIRCUIT_BREAKER.enabled),
      failure_threshold: z
        .int()
        .min(1)
        .max(MAX_FAILURE_THRESHOLD)
        .default(DEFAULT_CIRCUIT_BREAKER.failureThreshold)
        .meta({ description: 'Failures in a row that open the circuit.' }),
      cooldown_seconds: z
        .int()
        .min(1)
        .max(MAX_COOLDOWN_SECONDS)
        .default(DEFAULT_CIRCUIT_BREAKER.cooldownSeconds)
        .meta({ description: 'Until the first probe; each that fails doubles it, up to an hour.' }),
    })
    .meta({ description: 'When deliveries are held because the destination fails.' }),
  rate_limit: rateLimitField.nullable(),
  ordering: orderingField,
  max_concurrency: maxConcurrencyField.nullable(),
  enabled: z.boolean().meta({ description: 'While false, deliveries are held; true releases them.' }),
};

/** What a request may say; what a template may fill in has no default yet. */
export const createDestinationFields = z.strictObject({
  template: z
    .enum(destinationTemplateIds, { error: `must be one of: ${destinationTemplateIds.join(', ')}` })
    .nullable()
    .default(null),
  template_variables: fields.template_variables.default({}),
  name: fields.name.optional(),
  slug: fields.slug.optional(),
  description: fields.description.default(null),
  type: z.enum(destinationTypes, { error: `must be one of: ${destinationTypes.join(', ')}` }).default('http'),
  url: fields.url.optional(),
  method: fields.method.optional(),
  headers: fields.headers.default({}),
  secret: fields.secret.optional(),
  signing: fields.signing.optional(),
  timeout_seconds: fields.timeout_seconds.default(DEFAULT_TIMEOUT_SECONDS),
  retry_max_attempts: fields.retry_max_attempts.default(DEFAULT_RETRY_POLICY.maxRetries),
  retry_backoff_type: fields.retry_backoff_type.default(DEFAULT_RETRY_POLICY.backoff),
  retry_intervals: fields.retry_intervals.default(DEFAULT_RETRY_POLICY.intervalsSeconds),
  retry_on: fields.retry_on.default(null),
  circuit_breaker: fields.circuit_breaker.prefault({}),
  rate_limit: fields.rate_limit.default(NO_PACE.rateLimit),
  ordering: fields.ordering.default('none'),
  max_concurrency: fields.max_concurrency.default(NO_PACE.maxConcurrency),
  enabled: fields.enabled.default(true),
});

export const createDestination = createDestinationFields
  .transform((given, context) => {
    const result = fillIn(given);
    if ('filledIn' in result) return { ...given, ...result.filledIn };
    for (const { path, problem } of result.problems) {
      context.addIssue({ code: 'custom', path: path.split('.'), message: problem });
    }
    return z.NEVER;
  })
  .meta({
    id: 'CreateDestination',
    description: 'Without a `template`, `url` is required.',
    examples: [{ name: 'Orders', url: 'https://example.com/webhooks', headers: { 'X-Team': 'orders' } }],
  });

/** A week: as long as the longest interval between two retries. */
const MAX_OVERLAP_SECONDS = 604_800;
const DEFAULT_OVERLAP_SECONDS = 86_400;

export const rotateSecret = z
  .strictObject({
    secret: fields.secret.optional(),
    overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS).meta({
      description: 'How long the previous secret signs too, so that receivers can change over without a gap.',
    }),
  })
  .meta({ id: 'RotateSecret', examples: [{ overlap_seconds: 3600 }] });
export type RotateSecret = z.output<typeof rotateSecret>;

export const updateDestination = z
  .strictObject(fields)
  .partial()
  .refine(notEmpty, notEmptyMessage)
  .meta({
    id: 'UpdateDestination',
    minProperties: 1,
    examples: [{ timeout_seconds: 5, retry_intervals: [5, 25, 120, 600] }],
  });

export type CreateDestination = z.output<typeof createDestination>;
export type UpdateDestination = z.output<typeof updateDestination>;

/** @param url the parsed `input.url`, whose host is the name where none is given */
export function settingsOf(input: CreateDestination, url: URL): DestinationSettings {
  const name = input.name ?? url.host;
  return {
    name,
    slug: input.slug === undefined ? slugOf(name) : input.slug,
    description: input.description,
    type: input.type,
    url: input.url,
    method: input.method,
    signing: input.signing,
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

function circuitBreakerOf(input: CreateDestination['circuit_breaker']): CircuitBreaker {
  const { enabled, failure_threshold: failureThreshold, cooldown_seconds: cooldownSeconds } = input;
  return { enabled, failureThreshold, cooldownSeconds };
}

/** The settings that an update changes; its credentials are apart. */
export function changeOf(input: UpdateDestination): DestinationChange {
  const { name, slug, description, url, method, signing } = input;
  return {
    name,
    slug,
    description,
    url,
    method,
    signing,
    timeoutSeconds: input.timeout_seconds,
    retryPolicy: {
      maxRetries: input.retry_max_attempts,
      backoff: input.retry_backoff_type,
      intervalsSeconds: input.retry_intervals,
      retryOn: input.retry_on,
    },
    circuitBreaker: input.circuit_breaker && circuitBreakerOf(input.circuit_breaker),
    pace: {
      rateLimit: input.rate_limit,
      ordering: input.ordering && orderingOf(input.ordering),
      maxConcurrency: input.max_concurrency,
    },
    enabled: input.enabled,
  };
}
