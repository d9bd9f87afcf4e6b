import type { EventId, OrganizationId, SourceId } from '../../core/ids.ts';
import type { Row } from './dynamodb-batch.ts';
import { eventsTable } from './tables.ts';

/** One received webhook as stored in its row. Its id says when it was accepted. */
export interface StoredEvent {
  readonly id: EventId;
  readonly sourceId: SourceId;
  readonly organizationId: OrganizationId;
  /** `encodeRequest`'s bytes: decoded by `decodeRequest` where the content is needed. */
  readonly request: Uint8Array;
}

/** Reads an event from a table row or a stream record's new image. @throws Error naming the attribute that is missing. */
export function eventFromRow(row: Row): StoredEvent {
  const { [eventsTable.sortKey]: id, [eventsTable.partitionKey]: sourceId, org_id: organizationId, request } = row;
  if (!id?.S || !sourceId?.S || !organizationId?.S || !request?.B) {
    throw new Error(`an event row lacks id, source, organization or request; it has ${Object.keys(row).join(', ')}`);
  }
  // Rows are written by `EventStore` alone: the ids in them are ids.
  return {
    id: id.S as EventId,
    sourceId: sourceId.S as SourceId,
    organizationId: organizationId.S as OrganizationId,
    request: request.B,
  };
}

/** @param id of an event, or a bound of one */
export function eventKey(sourceId: SourceId, id: string): Row {
  return { [eventsTable.partitionKey]: { S: sourceId }, [eventsTable.sortKey]: { S: id } };
}
