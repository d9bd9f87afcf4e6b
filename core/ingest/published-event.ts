import * as z from 'zod';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import {
  type BodyEncoding,
  bodyEncoding,
  isDecodable,
  isDecodableMessage,
  wellFormedText,
} from '../events/encoded-body.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { headersField } from '../fields/headers-field.ts';
import { exampleId, idSchema } from '../id-schema.ts';

/** Webhooks that come through the API instead of from a sender to an ingest URL. */

const fields = {
  body_encoding: bodyEncoding,
  headers: headersField.default({}),
};

interface Webhook {
  readonly body: string;
  readonly body_encoding: BodyEncoding;
  readonly headers: Readonly<Record<string, string>>;
}

/** An event that an application publishes. */
export const publishEvent = z
  .strictObject({ source_id: idSchema('src'), body: wellFormedText, ...fields })
  .refine(isDecodable, isDecodableMessage)
  .meta({
    id: 'PublishEvent',
    examples: [{ source_id: exampleId('src'), body: '{"ref":"refs/heads/main"}' }],
  });

/** A test webhook for a destination. */
export const testWebhook = z
  .strictObject({
    body: wellFormedText.optional().meta({ description: 'By default, a JSON object that describes itself as a test.' }),
    ...fields,
  })
  .refine(isDecodable, isDecodableMessage)
  .meta({ id: 'TestWebhook', examples: [{ body: '{"ref":"refs/heads/main"}' }] });
export type TestWebhook = z.output<typeof testWebhook>;

/** The request as a sender would have sent it. */
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
