import * as z from 'zod';
import type { DeliveryJob } from '../../core/delivery.ts';
import { idSchema } from '../../core/id-schema.ts';
import { deliveryIdOf, eventIdOf } from '../../core/ids.ts';

/** A job and the request it is about: encoded in the message, or to be read from the event's row. */
export interface DeliveryMessage {
  readonly job: DeliveryJob;
  /** `encodeRequest`'s bytes; absent where the body is too large for a message of 64 KiB. */
  readonly request?: Uint8Array;
  /** A message that comes before this time is put back: a delay can be shorter than its retry, but never the other way. */
  readonly notBeforeMs?: number;
}

/**
 * The message's wire form. Keys are short because SQS bills by 64 KiB; the event's id is not there because the delivery's id
 * and the source's give it.
 */
const messageSchema = z.strictObject({
  v: z.literal(1),
  dlv: idSchema('dlv'),
  org: idSchema('org'),
  src: idSchema('src'),
  con: idSchema('con'),
  dst: idSchema('dst'),
  n: z.int().min(1),
  from: z.int().min(1),
  replay: z.literal(true).optional(),
  at: z.int().optional(),
  due: z.int().optional(),
  req: z.string().optional(),
});

export function encodeMessage({ job, request, notBeforeMs }: DeliveryMessage): string {
  const message: z.input<typeof messageSchema> = {
    v: 1,
    dlv: job.deliveryId,
    org: job.organizationId,
    src: job.sourceId,
    con: job.connectionId,
    dst: job.destinationId,
    n: job.attempt,
    from: job.roundStart,
    ...(job.replay && { replay: true }),
    ...(job.replayedAtMs !== undefined && { at: job.replayedAtMs }),
    ...(notBeforeMs !== undefined && { due: notBeforeMs }),
    ...(request && { req: Buffer.from(request.buffer, request.byteOffset, request.byteLength).toString('base64') }),
  };
  return JSON.stringify(message);
}

/** @throws Error that says what is wrong with the message: it can never be delivered and belongs to the dead letters. */
export function decodeMessage(body: string): DeliveryMessage {
  const { dlv, org, src, con, dst, n, from, replay, at, due, req } = messageSchema.parse(JSON.parse(body));
  const eventId = eventIdOf(dlv, src);
  if (deliveryIdOf(eventId, con) !== dlv) throw new Error(`${dlv} is not a delivery of connection ${con}`);
  return {
    job: {
      deliveryId: dlv,
      eventId,
      organizationId: org,
      sourceId: src,
      connectionId: con,
      destinationId: dst,
      attempt: n,
      roundStart: from,
      replay: replay === true,
      ...(at !== undefined && { replayedAtMs: at }),
    },
    ...(due !== undefined && { notBeforeMs: due }),
    ...(req !== undefined && { request: Buffer.from(req, 'base64') }),
  };
}
