import * as z from 'zod';
import { presentedKey } from '../shared/presented-key.ts';

/** What the function reads of the events of a WebSocket API: those of the three routes have the same form. */
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

/** What whoever wants to connect shows. */
export interface Proof {
  readonly ticket: string | undefined;
  readonly key: string | undefined;
  /** With a key alone: a ticket is for one destination. */
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
