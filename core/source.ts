import * as z from 'zod';
import { descriptionField, nameField, notEmpty, notEmptyMessage } from './fields.ts';
import type { OrganizationId, SourceId } from './ids.ts';
import { type IngestResponse, ingestResponseField } from './ingest-response.ts';

/** What a source's owner may set. */
export interface SourceSettings {
  readonly name: string;
  readonly description: string | null;
  /** `null`: 200 with the event's id. */
  readonly response: IngestResponse | null;
}

/** An ingest URL: what is sent to it becomes an event. */
export interface Source extends SourceSettings {
  readonly id: SourceId;
  readonly organizationId: OrganizationId;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const createSource = z
  .strictObject({
    name: nameField,
    description: descriptionField.nullable().default(null),
    response: ingestResponseField.nullable().default(null),
  })
  .meta({ id: 'CreateSource' });

export const updateSource = z
  .strictObject({
    name: nameField.optional(),
    description: descriptionField.nullable().optional(),
    response: ingestResponseField.nullable().optional(),
  })
  .refine(notEmpty, notEmptyMessage)
  .meta({ id: 'UpdateSource', minProperties: 1, examples: [{ name: 'GitLab' }] });

export type SourceChange = z.output<typeof updateSource>;

/** Where senders post to. Anything below it is accepted too. @param publicUrl without a trailing slash */
export function ingestUrl(publicUrl: string, id: SourceId): string {
  return `${publicUrl}/in/${id}`;
}
