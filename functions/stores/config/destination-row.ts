import * as z from 'zod';
import type { Scope } from '../../../core/access/api-key.ts';
import { type CircuitBreaker, DEFAULT_CIRCUIT_BREAKER } from '../../../core/circuit/circuit.ts';
import { toCircuitBreakerFields } from '../../../core/circuit/circuit-fields.ts';
import {
  type DestinationTypeName,
  destinationTarget,
  destinationTypes,
} from '../../../core/destination-types/registry.ts';
import {
  type Destination,
  type DestinationChange,
  type Disabling,
  disabledReasons,
  shownCredentials,
} from '../../../core/destinations/destination.ts';
import { httpMethods } from '../../../core/http-method.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { ConnectionId, SourceId } from '../../../core/ids.ts';
import { NO_PACE, ratePeriods } from '../../../core/pace/pace.ts';
import { orderingField, orderingOf, toOrderingField } from '../../../core/pace/pace-fields.ts';
import { backoffTypes } from '../../../core/retries/retry-policy.ts';
import { retryOnField } from '../../../core/retries/retry-rules.ts';
import { urlShownTo } from '../../../core/secrets/shown-url.ts';
import { signingField } from '../../../core/signing/signing-fields.ts';
import type { Row } from './config-table.ts';
import { textSearch } from './expressions.ts';
import { destinationKey, listKey } from './keys.ts';

/** Source id → connection id: kept in the destination's row, and changed together with the connections' own rows. */
export type Connected = Readonly<Record<string, ConnectionId>>;

const circuitBreakerRow = z
  .object({ enabled: z.boolean(), failure_threshold: z.number(), cooldown_seconds: z.number() })
  .transform(
    (row): CircuitBreaker => ({
      enabled: row.enabled,
      failureThreshold: row.failure_threshold,
      cooldownSeconds: row.cooldown_seconds,
    }),
  );

const disablingRow = z
  .object({ reason: z.enum(disabledReasons), at: z.string(), delivery_id: idSchema('dlv').nullable() })
  .transform(({ reason, at, delivery_id }): Disabling => ({ reason, at, deliveryId: delivery_id }));

export function disablingAttribute({ reason, at, deliveryId }: Disabling): Row {
  return { reason, at, delivery_id: deliveryId };
}

export const destinationRow = z
  .object({
    id: idSchema('dst'),
    organization_id: idSchema('org'),
    template: z.string().nullable().default(null),
    name: z.string(),
    slug: z.string().nullable(),
    description: z.string().nullable(),
    type: z.enum(destinationTypes),
    url: z.string().optional(),
    method: z.enum(httpMethods).nullable().optional(),
    config: z.record(z.string(), z.unknown()).optional(),
    signing: signingField,
    timeout_seconds: z.number(),
    retry_max_attempts: z.number(),
    retry_backoff_type: z.enum(backoffTypes),
    retry_intervals: z.tuple([z.number()], z.number()),
    retry_on: retryOnField.nullable().default(null),
    circuit_breaker: circuitBreakerRow.default(DEFAULT_CIRCUIT_BREAKER),
    rate_limit: z
      .object({ limit: z.number(), period: z.enum(ratePeriods) })
      .nullable()
      .default(NO_PACE.rateLimit),
    ordering: orderingField.default('none'),
    max_concurrency: z.number().nullable().default(NO_PACE.maxConcurrency),
    enabled: z.boolean(),
    disabling: disablingRow.nullable().default(null),
    archived_at: z.string().nullable(),
    unarchived_at: z.string().nullable().default(null),
    sealed_credentials: z.instanceof(Uint8Array),
    shown_credentials: shownCredentials,
    created_at: z.string(),
    updated_at: z.string(),
  })
  .transform(
    (row): Destination => ({
      id: row.id,
      organizationId: row.organization_id,
      template: row.template,
      name: row.name,
      slug: row.slug,
      description: row.description,
      target: destinationTarget.parse(row),
      signing: row.signing,
      timeoutSeconds: row.timeout_seconds,
      retryPolicy: {
        maxRetries: row.retry_max_attempts,
        backoff: row.retry_backoff_type,
        intervalsSeconds: row.retry_intervals,
        retryOn: row.retry_on,
      },
      circuitBreaker: row.circuit_breaker,
      pace: {
        rateLimit: row.rate_limit,
        ordering: orderingOf(row.ordering),
        maxConcurrency: row.max_concurrency,
      },
      enabled: row.enabled,
      // An older version that does not know this attribute may have enabled it.
      disabling: row.enabled ? null : row.disabling,
      archivedAt: row.archived_at,
      unarchivedAt: row.unarchived_at,
      sealedCredentials: row.sealed_credentials,
      shownCredentials: row.shown_credentials,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }),
  );

/** The filter of a list of destinations; absent fields do not matter. */
export interface DestinationFilter {
  readonly enabled?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly type?: DestinationTypeName | undefined;
  /** Found anywhere in the name, or in the URL as it is shown to a key of this scope, ignoring case. */
  readonly search?: { readonly text: string; readonly scope: Scope } | undefined;
}

export function rowFilter({ enabled, archived, type, search }: DestinationFilter): (row: Row) => boolean {
  const found = search ? searched(search) : () => true;
  return (row) =>
    (enabled === undefined || row.enabled === enabled) &&
    (archived === undefined || (row.archived_at !== null) === archived) &&
    (type === undefined || row.type === type) &&
    found(row);
}

function searched({ text, scope }: NonNullable<DestinationFilter['search']>): (row: Row) => boolean {
  const isFound = textSearch(text);
  return ({ name, url }) => isFound(name, typeof url === 'string' && urlShownTo(scope, url));
}

const sourceId = idSchema('src');

export const deletionRow = z.object({
  organization_id: z.string(),
  deleted_at: z.string().optional(),
  connected: z
    .record(z.string(), idSchema('con'))
    .transform((connected) =>
      Object.entries(connected).map(([source, id]) => ({ sourceId: sourceId.parse(source), id })),
    ),
});

export function mapOf(connected: readonly { readonly sourceId: SourceId; readonly id: ConnectionId }[]): Connected {
  return Object.fromEntries(connected.map(({ sourceId, id }) => [sourceId, id]));
}

export function destinationItem(destination: Destination, connected: Connected): Row {
  const { id, organizationId, archivedAt, unarchivedAt, createdAt, updatedAt } = destination;
  return {
    ...destinationKey(id),
    list_key: listKey(organizationId, 'destination'),
    id,
    organization_id: organizationId,
    template: destination.template,
    type: destination.target.type,
    ...changeAttributes(destination),
    archived_at: archivedAt,
    unarchived_at: unarchivedAt,
    connected,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** The attributes that a change sets; those that it leaves alone are `undefined`. */
export function changeAttributes(change: DestinationChange): Row {
  return {
    name: change.name,
    slug: change.slug,
    description: change.description,
    url: change.target?.url,
    method: change.target?.method,
    config: change.target?.config,
    signing: change.signing,
    timeout_seconds: change.timeoutSeconds,
    retry_max_attempts: change.retryPolicy?.maxRetries,
    retry_backoff_type: change.retryPolicy?.backoff,
    retry_intervals: change.retryPolicy?.intervalsSeconds,
    retry_on: change.retryPolicy?.retryOn,
    circuit_breaker: change.circuitBreaker && toCircuitBreakerFields(change.circuitBreaker),
    rate_limit: change.pace?.rateLimit,
    ordering: change.pace?.ordering && toOrderingField(change.pace.ordering),
    max_concurrency: change.pace?.maxConcurrency,
    enabled: change.enabled,
    disabling: change.disabling && disablingAttribute(change.disabling),
    sealed_credentials: change.sealedCredentials,
    shown_credentials: change.shownCredentials,
  };
}
