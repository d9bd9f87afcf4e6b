import * as z from 'zod';
import { descriptionField, nameField, notEmpty, notEmptyMessage } from './fields.ts';
import { type Filter, filterField } from './filter/filter.ts';
import { idSchema } from './id-schema.ts';
import type { ConnectionId, DestinationId, OrganizationId, SourceId } from './ids.ts';
import { type KeptTransform, transformField } from './transform/kept-transform.ts';

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
  /** Which events go over it; `null`: all. */
  readonly filter: Filter | null;
  /** What is sent in place of its events; `null`: the events as they came, or in the form of the destination's template. */
  readonly transform: KeptTransform | null;
}

/** Source → destination: each new event of the source that its filter lets through makes a delivery to the destination. */
export interface Connection extends ConnectionEnds, ConnectionSettings {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `null`: its filter is what it was made with, or was changed by a version that did not keep the time. */
  readonly filterChangedAt: string | null;
}

const settings = {
  name: nameField.nullable(),
  description: descriptionField.nullable(),
  filter: filterField.nullable(),
  transform: transformField.nullable(),
};

/** What a connection that is made together with its destination takes, too. */
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

/** Its ends never change: what would be another way is another connection. */
export const updateConnection = z
  .strictObject(settings)
  .partial()
  .refine(notEmpty, notEmptyMessage)
  .meta({ id: 'UpdateConnection', minProperties: 1, examples: [{ name: 'Pushes to the build' }] });
/** What is absent stays. */
export type ConnectionChange = { readonly [Name in keyof ConnectionSettings]?: ConnectionSettings[Name] | undefined };
