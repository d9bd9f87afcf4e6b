import * as z from 'zod';
import { descriptionField, nameField, notEmpty, notEmptyMessage } from '../fields/shared-fields.ts';
import { type Filter, filterField } from '../filter/filter.ts';
import { idSchema } from '../id-schema.ts';
import type { ConnectionId, DestinationId, OrganizationId, SourceId } from '../ids.ts';
import { type StoredTransform, transformField } from '../transform/stored-transform.ts';

/** The two ends of a connection. They never change, and stay known after it is deleted, for the sake of history. */
export interface ConnectionEnds {
  readonly id: ConnectionId;
  readonly organizationId: OrganizationId;
  readonly sourceId: SourceId;
  readonly destinationId: DestinationId;
}

/** What a connection's owner may set. */
export interface ConnectionSettings {
  readonly name: string | null;
  readonly description: string | null;
  /** Selects the events that go over it; `null`: all of them. */
  readonly filter: Filter | null;
  /**
   * Transforms its events; `null`: they are sent as they came, or as the destination's template formats them.
   */
  readonly transform: StoredTransform | null;
}

/** Source → destination: each new event of the source that its filter lets through makes a delivery to the destination. */
export interface Connection extends ConnectionEnds, ConnectionSettings {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `null` if its filter was never changed, or was changed by a version that did not keep the time. */
  readonly filterChangedAt: string | null;
}

const settings = {
  name: nameField.nullable(),
  description: descriptionField.nullable(),
  filter: filterField.nullable(),
  transform: transformField.nullable(),
};

/** Fields of a connection that is created together with its destination. */
export const newConnectionFields = {
  filter: settings.filter.default(null),
  transform: settings.transform.default(null),
};

export const createConnection = z
  .strictObject({
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
    name: settings.name.default(null),
    description: settings.description.default(null),
    ...newConnectionFields,
  })
  .meta({ id: 'CreateConnection' });

/** Its ends can't be changed: with other ends it would be another connection. */
export const updateConnection = z
  .strictObject(settings)
  .partial()
  .refine(notEmpty, notEmptyMessage)
  .meta({ id: 'UpdateConnection', minProperties: 1, examples: [{ name: 'Pushes to the build' }] });
/** What is absent stays. */
export type ConnectionChange = { readonly [Name in keyof ConnectionSettings]?: ConnectionSettings[Name] | undefined };
