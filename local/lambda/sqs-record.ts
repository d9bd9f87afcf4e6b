import { matchesPattern } from '../eventbridge/event-pattern.ts';
import type { MessageAttribute } from '../sqs/message-attributes.ts';
import type { ReceivedMessage } from '../sqs/received-message.ts';
import { regionOf } from './event-source-mapping.ts';

/** One element of `Records`: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function sqsRecord(message: ReceivedMessage, queueArn: string): Record<string, unknown> {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(Object.entries(message.messageAttributes).map(recordAttribute)),
    ...(message.md5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.md5OfMessageAttributes }),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: regionOf(queueArn),
  };
}

/**
 * Whether a message passes the filters. If the body is a JSON object, the filters look into it; any other body is a plain string.
 * So a filter for one kind never matches the other:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
export function passesFilters(record: Record<string, unknown>, patterns: readonly unknown[]): boolean {
  if (patterns.length === 0) return true;
  const event = { ...record, body: parsedBody(record.body) };
  return patterns.some((pattern) => matchesPattern(pattern, event));
}

function parsedBody(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : body;
  } catch {
    // Not JSON, so it is filtered as a string.
    return body;
  }
}

function recordAttribute([name, attribute]: [string, MessageAttribute | undefined]): [string, unknown] {
  const { StringValue, BinaryValue, DataType } = attribute ?? {};
  return [
    name,
    {
      ...(StringValue !== undefined && { stringValue: StringValue }),
      ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    },
  ];
}
