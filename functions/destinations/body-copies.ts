import type { DestinationTypeName } from '../../core/destination-types/registry.ts';

/**
 * How many times the bytes of a webhook an attempt of each type holds in memory at the most, the webhook itself included. Of the
 * brokers it is the webhook and a request with it in base64, which is a third longer, and for a moment the text of that.
 * SQS and EventBridge take it as text, of two bytes a character where it is not Latin, in a text of JSON, in a request.
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
