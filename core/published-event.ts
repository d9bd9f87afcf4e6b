import * as z from 'zod';
import type { HeaderList } from './delivery-headers.ts';
import { headersField } from './destination-schema.ts';
import { exampleId, idSchema } from './id-schema.ts';
import type { RequestHead } from './stored-request.ts';

/** What an application publishes through the API, in place of a webhook that a sender posts to the ingest URL. */
export const publishEvent = z
  .strictObject({
    source_id: idSchema('src'),
    body: z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
    body_encoding: z.enum(['utf8', 'base64']).default('utf8'),
    headers: headersField.default({}),
  })
  .refine((event) => event.body_encoding === 'utf8' || z.base64().safeParse(event.body).success, {
    path: ['body'],
    message: 'must be base64, as body_encoding says',
  })
  .meta({
    id: 'PublishEvent',
    examples: [{ source_id: exampleId('src'), body: '{"ref":"refs/heads/main"}' }],
  });

export type PublishedEvent = z.output<typeof publishEvent>;

/** The request that a sender would have sent. */
export function requestOf(
  { body, body_encoding, headers }: PublishedEvent,
  sourceIp: string,
): { head: RequestHead; body: Uint8Array } {
  const given: HeaderList = Object.entries(headers);
  const hasType = given.some(([name]) => name.toLowerCase() === 'content-type');
  const type = body_encoding === 'utf8' ? 'application/json' : 'application/octet-stream';
  const head = { method: 'POST', path: '', query: '', sourceIp };
  return {
    head: { ...head, headers: hasType ? given : [['Content-Type', type], ...given] },
    body: Buffer.from(body, body_encoding),
  };
}
