import * as z from 'zod';
import type { ConnectionEnds } from '../../../core/deliveries/connection.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type OrganizationId, type SourceId, type Tag, tagOf } from '../../../core/ids.ts';
import type { ConfigTable, TransactionWrite } from './config-table.ts';
import { tagKey } from './keys.ts';
import { retryOn } from './retry-on.ts';

/** Which source a tag belongs to, deleted or not. */
export interface SourceOwner {
  readonly id: SourceId;
  readonly organizationId: OrganizationId;
}

const sourceTagRow = z
  .object({ source_id: idSchema('src'), organization_id: idSchema('org') })
  .transform((row): SourceOwner => ({ id: row.source_id, organizationId: row.organization_id }));

/** What a connection's tag and its tombstone both record. */
export const connectionEndsRow = z
  .object({
    connection_id: idSchema('con'),
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
    organization_id: idSchema('org'),
  })
  .transform(
    (row): ConnectionEnds => ({
      id: row.connection_id,
      organizationId: row.organization_id,
      sourceId: row.source_id,
      destinationId: row.destination_id,
    }),
  );

/**
 * Tags have 32 random bits: a collision is expected after some 65,000 sources and connections. Then another one is
 * drawn.
 */
const DRAWS = 5;

class TagTaken extends Error {}

/** Reserves the tag of a new source. Tags are never given back: old events and deliveries carry them. */
export function reserveSourceTag({ id, organizationId }: SourceOwner): TransactionWrite {
  return reserve({ ...tagKey(tagOf(id)), source_id: id, organization_id: organizationId });
}

/** Reserves the tag of a new connection. The row has no `id`, and so is in no index. */
export function reserveConnectionTag({
  id,
  organizationId,
  sourceId,
  destinationId,
}: ConnectionEnds): TransactionWrite {
  return reserve({
    ...tagKey(tagOf(id)),
    connection_id: id,
    source_id: sourceId,
    destination_id: destinationId,
    organization_id: organizationId,
  });
}

function reserve(item: Record<string, string>): TransactionWrite {
  return {
    put: { Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
    refused: () => new TagTaken(`the tag of ${item.pk} is taken`),
  };
}

/** Runs `create`, which makes a new id and reserves its tag, and repeats that if the tag is taken. */
export function withFreshTag<T>(create: () => Promise<T>): Promise<T> {
  return retryOn(create, TagTaken, DRAWS);
}

/** The source of an event id's tag, also after it is deleted. `undefined` for the tag of a connection or of nothing. */
export async function sourceOfTag(table: ConfigTable, tag: Tag): Promise<SourceOwner | undefined> {
  const row = await table.get(tagKey(tag));
  return sourceTagRow.safeParse(row?.connection_id === undefined ? row : undefined).data;
}

/** The connection of a delivery id's tag, also after it is deleted. `undefined` for the tag of a source or of nothing. */
export async function connectionOfTag(table: ConfigTable, tag: Tag): Promise<ConnectionEnds | undefined> {
  return connectionEndsRow.safeParse(await table.get(tagKey(tag))).data;
}
