import * as z from 'zod';

/** A body in an API request: text, or bytes in base64. */

export const wellFormedText = z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

export const bodyEncoding = z.enum(['utf8', 'base64']).default('utf8');
export type BodyEncoding = z.output<typeof bodyEncoding>;

interface EncodedBody {
  readonly body?: string | undefined;
  readonly body_encoding: BodyEncoding;
}

export function isDecodable({ body = '', body_encoding }: EncodedBody): boolean {
  return body_encoding === 'utf8' || z.base64().safeParse(body).success;
}

export const isDecodableMessage = { path: ['body'], message: 'must be base64, as body_encoding says' };
