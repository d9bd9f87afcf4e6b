import * as z from 'zod';
import { presentedKey } from '../shared/presented-key.ts';

/** The parts of a WebSocket API event that the function reads. Events of all three routes have the same form. */
export const websocketEvent = z.object({
  requestContext: z.object({
    routeKey: z.string(),
    connectionId: z.string().min(1).max(128),
    requestId: z.string(),
  }),
  headers: z.record(z.string(), z.string()).nullish(),
  queryStringParameters: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
export type WebsocketEvent = z.output<typeof websocketEvent>;

/** The credentials that a client connects with. */
export interface Proof {
  readonly ticket: string | undefined;
  readonly key: string | undefined;
  /** Needed with a key. A ticket already belongs to one destination. */
  readonly destinationId: string | undefined;
}

export function proofIn({ headers, queryStringParameters: query }: WebsocketEvent): Proof {
  const lower = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    ticket: query?.ticket,
    key: presentedKey((name) => lower.get(name)),
    destinationId: query?.destination_id,
  };
}

export function textIn({ body, isBase64Encoded }: WebsocketEvent): string {
  return isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
}
