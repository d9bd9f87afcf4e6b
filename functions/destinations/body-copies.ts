import type { DestinationTypeName } from '../../core/destination-types/registry.ts';

/**
 * The most memory that an attempt of each type needs, as a multiple of the webhook's size, including the webhook itself. For
 * brokers that is the webhook, a request that has it in base64 (a third longer) and, for a moment, the text of that request. SQS
 * and EventBridge need the webhook as text (two bytes a character if it is not Latin-1), within a JSON text, within a request.
 */
export const bodyCopies: Readonly<Record<DestinationTypeName, number>> = {
  http: 1,
  s3: 2,
  sqs: 5,
  eventbridge: 5,
  pubsub: 3,
  kafka: 3,
  rabbitmq: 3,
  websocket: 3,
};
