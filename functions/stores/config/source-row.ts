import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import { deduplicationField } from '../../../core/ingest/deduplication.ts';
import { ingestResponse, responseOf, toIngestResponseFields } from '../../../core/ingest/ingest-response.ts';
import type { Source, SourceChange } from '../../../core/ingest/source.ts';
import { type ShownVerification, shownVerification } from '../../../core/verification/registry.ts';
import type { Row } from './config-table.ts';

export const sourceAttributes = z.object({
  id: idSchema('src'),
  organization_id: idSchema('org'),
  name: z.string(),
  description: z.string().nullable(),
  response: ingestResponse.nullable().default(null),
  sealed_verification: z.instanceof(Uint8Array).nullable().default(null),
  shown_verification: shownVerification.nullable().default(null),
  deduplication: deduplicationField.nullable().default(null),
  created_at: z.string(),
  updated_at: z.string(),
});

export const sourceRow = sourceAttributes.transform(
  (row): Source => ({
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    response: row.response && responseOf(row.response),
    verification: verificationOf(row.sealed_verification, row.shown_verification),
    deduplication: row.deduplication,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }),
);

/** @throws Error if one half is missing: without verification the source would take what it must refuse */
function verificationOf(sealed: Uint8Array | null, shown: ShownVerification | null): Source['verification'] {
  if (sealed && shown) return { sealed, shown };
  if (sealed || shown) throw new Error('a source row has half a verification');
  return null;
}

export const deletionRow = z.object({
  organization_id: z.string(),
  deleted_at: z.string().optional(),
  connection_revision: z.number(),
});

/** The attributes that a change sets; those that it leaves alone are `undefined`. */
export function changeAttributes({ name, description, response, verification, deduplication }: SourceChange): Row {
  return {
    name,
    description,
    response: response && toIngestResponseFields(response),
    sealed_verification: verification === null ? null : verification?.sealed,
    shown_verification: verification === null ? null : verification?.shown,
    deduplication,
  };
}
