import * as z from 'zod';
import { readResultCode } from '../../../core/deliveries/attempt.ts';
import { deliveryStatuses } from '../../../core/deliveries/delivery.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { eventIdOf, timeMsOf } from '../../../core/ids.ts';
import { isoTime } from '../../../core/iso-time.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import { loggedAttempt } from './attempt.ts';
import { timestamp, toTimestamp } from './times.ts';

/** Deliveries as the API shows them. */

export const deliveryResponse = z
  .object({
    id: idSchema('dlv'),
    event_id: idSchema('evt'),
    source_id: idSchema('src'),
    connection_id: idSchema('con'),
    destination_id: idSchema('dst'),
    status: z.enum(deliveryStatuses).meta({ examples: ['dead'] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it is dead or cancelled.', examples: ['retries_exhausted'] }),
    reason_message: z
      .string()
      .nullable()
      .meta({ description: 'Details of the reason, if there are any.', examples: [null] }),
    attempt_count: z.int().meta({ examples: [6] }),
    status_code: z
      .int()
      .nullable()
      .meta({ description: 'The status of the last attempt; `null` when there was no response.', examples: [503] }),
    error_code: z
      .string()
      .nullable()
      .meta({
        description: 'The error of the last attempt, when there was no response, or one that reports a failure.',
        examples: [null],
      }),
    last_attempt_at: timestamp.nullable(),
    next_attempt_at: timestamp.nullable().meta({ examples: [null] }),
    created_at: timestamp.meta({ description: 'When its event was accepted.' }),
  })
  .meta({ id: 'Delivery' });

export function toDeliveryResponse(delivery: StoredDelivery): z.input<typeof deliveryResponse> {
  const { lastAttemptAtMs, nextAttemptAtMs } = delivery;
  const { statusCode, errorCode } = readResultCode(delivery.lastResult);
  return {
    id: delivery.id,
    event_id: eventIdOf(delivery.id, delivery.sourceId),
    source_id: delivery.sourceId,
    connection_id: delivery.connectionId,
    destination_id: delivery.destinationId,
    status: delivery.status,
    reason: delivery.reason ?? null,
    reason_message: delivery.reasonMessage ?? null,
    attempt_count: delivery.attemptCount,
    status_code: statusCode,
    error_code: errorCode,
    last_attempt_at: toTimestamp(lastAttemptAtMs),
    next_attempt_at: toTimestamp(nextAttemptAtMs),
    created_at: isoTime(timeMsOf(delivery.id)),
  };
}

export const deliveryWithAttempts = deliveryResponse
  .extend({ attempts: z.array(loggedAttempt).meta({ description: 'The newest 500, oldest first.' }) })
  .meta({ id: 'DeliveryWithAttempts' });
