import * as z from 'zod';
import { type DeliveryJob, deliveryStatuses } from '../../core/deliveries/delivery.ts';
import type { ResendRequest } from '../../core/deliveries/resend-request.ts';
import { idSchema } from '../../core/id-schema.ts';
import { type DestinationId, deliveryIdOf, eventIdOf } from '../../core/ids.ts';
import { encodeLine, type LineMessage, lineFrom, lineSchema } from './line.ts';
import { encodeRelease, type ReleaseMessage, releaseFrom, releaseSchema } from './release.ts';

/** A job and its request, which is either in the message or to be read from the event's row. */
export interface DeliveryMessage {
  readonly job: DeliveryJob;
  /** `encodeRequest`'s bytes; absent if the body is too large for the message (64 KiB). */
  readonly request?: Uint8Array;
  /** Set if no attempt is to be made: why the filter could not be evaluated. */
  readonly failure?: string;
  /** A message that comes earlier is put back: an SQS delay may end before the retry is due, but never after. */
  readonly notBeforeMs?: number;
}

/** The messages of the delivery queue. */
export type QueueMessage = DeliveryMessage | ReleaseMessage | LineMessage;

export function isDelivery(message: QueueMessage): message is DeliveryMessage {
  return 'job' in message;
}

export function isLine(message: QueueMessage): message is LineMessage {
  return 'kind' in message;
}

export function destinationOf(message: QueueMessage): DestinationId {
  return isDelivery(message) ? message.job.destinationId : message.destinationId;
}

/**
 * The wire format. Keys are short because SQS bills per 64 KiB. The event id is left out because it follows from the ids
 * of the delivery and the source.
 */
const jobSchema = z.strictObject({
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
  ask: z
    .strictObject({ id: z.string(), was: z.enum(deliveryStatuses).optional(), after: z.string().optional() })
    .optional(),
  due: z.int().optional(),
  req: z.string().optional(),
  fail: z.string().optional(),
});

/** Jobs have no `kind`, as nearly every message is one; the others do. */
const messageSchema = z.union([jobSchema, releaseSchema, lineSchema]);

export function encodeMessage(message: QueueMessage): string {
  if (isDelivery(message)) return encodeJob(message);
  return isLine(message) ? encodeLine(message) : encodeRelease(message);
}

function encodeJob({ job, request, failure, notBeforeMs }: DeliveryMessage): string {
  const message: z.input<typeof jobSchema> = {
    v: 1,
    dlv: job.deliveryId,
    org: job.organizationId,
    src: job.sourceId,
    con: job.connectionId,
    dst: job.destinationId,
    n: job.attempt,
    from: job.roundStart,
    ...(job.startsReplay && { replay: true }),
    ...(job.replayedAtMs !== undefined && { at: job.replayedAtMs }),
    ...(job.resendRequest && { ask: encodeResendRequest(job.resendRequest) }),
    ...(notBeforeMs !== undefined && { due: notBeforeMs }),
    ...(failure !== undefined && { fail: failure }),
    ...(request && { req: Buffer.from(request.buffer, request.byteOffset, request.byteLength).toString('base64') }),
  };
  return JSON.stringify(message);
}

function encodeResendRequest({ id, statusBefore, previousRequestId }: ResendRequest): z.input<typeof jobSchema>['ask'] {
  return {
    id,
    ...(statusBefore !== undefined && { was: statusBefore }),
    ...(previousRequestId !== undefined && { after: previousRequestId }),
  };
}

/**
 * @throws Error that says what is wrong with the message, which can then never be delivered and belongs to the dead
 *   letters
 */
export function decodeMessage(body: string): QueueMessage {
  const message = messageSchema.parse(JSON.parse(body));
  if (!('kind' in message)) return deliveryFrom(message);
  return message.kind === 'line' ? lineFrom(message) : releaseFrom(message);
}

/** @throws Error also if the message is not a delivery */
export function decodeDelivery(body: string): DeliveryMessage {
  return deliveryFrom(jobSchema.parse(JSON.parse(body)));
}

function deliveryFrom(message: z.output<typeof jobSchema>): DeliveryMessage {
  const { dlv, org, src, con, dst, n, from, replay, at, ask, due, req, fail } = message;
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
      startsReplay: replay === true,
      ...(at !== undefined && { replayedAtMs: at }),
      ...(ask && { resendRequest: resendRequestFrom(ask) }),
    },
    ...(due !== undefined && { notBeforeMs: due }),
    ...(fail !== undefined && { failure: fail }),
    ...(req !== undefined && { request: Buffer.from(req, 'base64') }),
  };
}

function resendRequestFrom({ id, was, after }: NonNullable<z.output<typeof jobSchema>['ask']>): ResendRequest {
  return {
    id,
    ...(was !== undefined && { statusBefore: was }),
    ...(after !== undefined && { previousRequestId: after }),
  };
}
