import * as z from 'zod';
import type { HeaderList } from './delivery-headers.ts';
import { headersField } from './headers-field.ts';
import { exampleId, idSchema } from './id-schema.ts';
import type { RequestHead } from './stored-request.ts';

/** Webhooks that come through the API, in place of those that a sender posts to an ingest URL. */

const bodyField = z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

const fields = {
  body_encoding: z.enum(['utf8', 'base64']).default('utf8'),
  headers: headersField.default({}),
};

interface Webhook {
  readonly body: string;
  readonly body_encoding: 'utf8' | 'base64';
  readonly headers: Readonly<Record<string, string>>;
}

function isDecodable({ body = '', body_encoding }: { body?: string | undefined; body_encoding: string }): boolean {
  return body_encoding === 'utf8' || z.base64().safeParse(body).success;
}
const isDecodableMessage = { path: ['body'], message: 'must be base64, as body_encoding says' };

/** What an application publishes. */
export const publishEvent = z
  .strictObject({ source_id: idSchema('src'), body: bodyField, ...fields })
  .refine(isDecodable, isDecodableMessage)
  .meta({
    id: 'PublishEvent',
    examples: [{ source_id: exampleId('src'), body: '{"ref":"refs/heads/main"}' }],
  });

/** What a destination is tried with. */
export const testWebhook = z
  .strictObject({
    body: bodyField.optional().meta({ description: 'Without it, a JSON object that says what it is.' }),
    ...fields,
  })
  .refine(isDecodable, isDecodableMessage)
  .meta({ id: 'TestWebhook', examples: [{ body: '{"ref":"refs/heads/main"}' }] });
export type TestWebhook = z.output<typeof testWebhook>;

/** The request that a sender would have sent. */
export function requestOf(
  { body, body_encoding, headers }: Webhook,
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
