import * as z from 'zod';
import { descriptionField, nameField, notEmpty, notEmptyMessage } from '../fields/shared-fields.ts';
import type { OrganizationId, SourceId } from '../ids.ts';
import { type ShownVerification, verificationField } from '../verification/registry.ts';
import { type Deduplication, deduplicationField } from './deduplication.ts';
import { type IngestResponse, ingestResponseField } from './ingest-response.ts';

/** How its requests are verified, as it is stored: encrypted, and in the form in which it may be shown. */
export interface StoredVerification {
  /** A `Verification` as JSON, encrypted: see functions/shared/source-verification.ts. */
  readonly sealed: Uint8Array;
  /** What is secret is masked down to its last four characters. */
  readonly shown: ShownVerification;
}

/** What a source's owner may set. */
export interface SourceSettings {
  readonly name: string;
  readonly description: string | null;
  /** `null`: 200 with the event's id. */
  readonly response: IngestResponse | null;
  /** `null`: whoever knows the URL may send. */
  readonly verification: StoredVerification | null;
  /** `null`: each webhook is an event. */
  readonly deduplication: Deduplication | null;
}

/** An ingest URL: every webhook that is sent to it becomes an event. */
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
    verification: verificationField.nullable().default(null),
    deduplication: deduplicationField.nullable().default(null),
  })
  .meta({ id: 'CreateSource' });

const whole = { description: 'Replaced as a whole: fields that are left out get their defaults.' };

export const updateSource = z
  .strictObject({
    name: nameField.optional(),
    description: descriptionField.nullable().optional(),
    response: ingestResponseField.nullable().optional().meta(whole),
    verification: verificationField.nullable().optional().meta(whole),
    deduplication: deduplicationField.nullable().optional().meta(whole),
  })
  .refine(notEmpty, notEmptyMessage)
  .meta({ id: 'UpdateSource', minProperties: 1, examples: [{ name: 'GitLab' }] });

export type CreateSource = z.output<typeof createSource>;
export type UpdateSource = z.output<typeof updateSource>;

/** What an update changes; what is absent stays. */
export type SourceChange = { readonly [Name in keyof SourceSettings]?: SourceSettings[Name] | undefined };

/** Where senders post to. Anything below it is accepted too. @param baseUrl without a trailing slash */
export function ingestUrl(baseUrl: string, id: SourceId): string {
  return `${baseUrl}/in/${id}`;
}
