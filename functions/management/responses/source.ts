import * as z from 'zod';
import { exampleId, idSchema } from '../../../core/id-schema.ts';
import { shownDeduplication } from '../../../core/ingest/deduplication.ts';
import { ingestResponse, toIngestResponseFields } from '../../../core/ingest/ingest-response.ts';
import { ingestUrl, type Source } from '../../../core/ingest/source.ts';
import { shownVerification } from '../../../core/verification/registry.ts';
import { timestamp } from './times.ts';

export const sourceResponse = z
  .object({
    id: idSchema('src'),
    name: z.string().meta({ examples: ['GitHub'] }),
    description: z
      .string()
      .nullable()
      .meta({ examples: ['Pushes and pull requests'] }),
    response: ingestResponse.nullable().meta({ description: "`null`: 200 with the event's id.", examples: [null] }),
    verification: shownVerification.nullable().meta({
      description:
        'How requests prove that they come from the sender; `null`: anyone who knows the URL may send. Secrets are masked.',
      examples: [null],
    }),
    deduplication: shownDeduplication
      .nullable()
      .meta({ description: 'How copies of a webhook are recognized; `null`: each one is an event.', examples: [null] }),
    ingest_url: z.url().meta({
      description: 'Where senders send webhooks, with POST or most other methods, on it or any path below it.',
      examples: [`https://hooks.example.com/in/${exampleId('src')}`],
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Source' });

export function toSourceResponse(source: Source, baseUrl: string): z.input<typeof sourceResponse> {
  return {
    id: source.id,
    name: source.name,
    description: source.description,
    response: source.response && toIngestResponseFields(source.response),
    verification: source.verification?.shown ?? null,
    deduplication: source.deduplication,
    ingest_url: ingestUrl(baseUrl, source.id),
    created_at: source.createdAt,
    updated_at: source.updatedAt,
  };
}
