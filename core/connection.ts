import * as z from 'zod';
import { idSchema } from './id-schema.ts';
import type { ConnectionId, DestinationId, OrganizationId, SourceId } from './ids.ts';

/** The two ends of a connection. They never change, and stay known after it is deleted, for the sake of history. */
export interface ConnectionEnds {
  readonly id: ConnectionId;
  readonly organizationId: OrganizationId;
  readonly sourceId: SourceId;
  readonly destinationId: DestinationId;
}

/** Source → destination: each new event of the source makes a delivery to the destination. */
export interface Connection extends ConnectionEnds {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const createConnection = z
  .strictObject({
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
  })
  .meta({ id: 'CreateConnection' });
