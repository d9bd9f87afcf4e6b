import * as z from 'zod';
import type { Connection, ConnectionEnds } from '../../../core/deliveries/connection.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { Row } from './config-table.ts';
import { connectionEndsRow } from './tags.ts';

/** Compressed, as it is stored: it is inflated only to be run or shown. */
const keptTransform = z.instanceof(Uint8Array).nullable().default(null);

/** What deliveries need of their connection, or of its tombstone. */
export const transformRow = z.object({ transform: keptTransform });

export const connectionRow = z
  .object({
    id: idSchema('con'),
    organization_id: idSchema('org'),
    source_id: idSchema('src'),
    destination_id: idSchema('dst'),
    name: z.string().nullable().default(null),
    description: z.string().nullable().default(null),
    filter: z.string().nullable().default(null),
    transform: keptTransform,
    created_at: z.string(),
    updated_at: z.string(),
    filter_changed_at: z.string().nullable().default(null),
  })
  .transform(
    (row): Connection => ({
      id: row.id,
      organizationId: row.organization_id,
      sourceId: row.source_id,
      destinationId: row.destination_id,
      name: row.name,
      description: row.description,
      filter: row.filter === null ? null : JSON.parse(row.filter),
      transform: row.transform,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      filterChangedAt: row.filter_changed_at,
    }),
  );

/** `undefined` for the source's own row, which is in the same partition. */
export function endsOf(row: Row): Connection | ConnectionEnds | undefined {
  return connectionRow.safeParse(row).data ?? connectionEndsRow.safeParse(row).data;
}
