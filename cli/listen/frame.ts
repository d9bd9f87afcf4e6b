import * as z from 'zod';
import { shownHeaders } from '../shown-headers.ts';

const body = { body: z.string().nullable(), body_encoding: z.enum(['utf8', 'base64']).nullable() };

/** A webhook as it arrives over the WebSocket: docs/destinations/websocket.md. */
const eventFrame = z.looseObject({
  type: z.literal('event'),
  event_id: z.string(),
  delivery_id: z.string(),
  source_id: z.string(),
  attempt: z.number(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  headers: shownHeaders.nullable(),
  ...body,
  body_url: z.string().nullable(),
});
export type EventFrame = z.output<typeof eventFrame>;

/** An event as the API returns it, for one that did not fit into a frame. */
export const wholeEvent = z.looseObject({ headers: shownHeaders, ...body });

const frame = z.discriminatedUnion('type', [
  eventFrame,
  z.looseObject({ type: z.literal('pong') }),
  z.looseObject({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type Frame = z.output<typeof frame>;

/** @returns `undefined` for a message that only a newer Hawser knows, which is ignored */
export function readFrame(text: string): Frame | undefined {
  try {
    return frame.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON, so not a known frame.
    return undefined;
  }
}
