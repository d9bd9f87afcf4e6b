import { invalidParameter, invalidValue } from './errors.ts';
import { MAX_BATCH_ENTRIES, MAX_VISIBILITY_SECONDS, MAX_WAIT_SECONDS } from './limits.ts';
import { md5OfMessageAttributes, selectMessageAttributes } from './message-attributes.ts';
import type { Queue } from './queue.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { ReceiveInput } from './wire-schemas.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 * @param signal ends a long poll when its client has gone, so that it takes no message from others
 */
export async function receiveMessage(
  queue: Queue,
  input: ReceiveInput,
  signal: AbortSignal | undefined,
): Promise<object> {
  const maxMessages = input.MaxNumberOfMessages ?? 1;
  if (maxMessages < 1 || maxMessages > MAX_BATCH_ENTRIES) {
    throw invalidValue(maxMessages, 'MaxNumberOfMessages', `Must be between 1 and ${MAX_BATCH_ENTRIES}, if provided.`);
  }
  const waitSeconds = input.WaitTimeSeconds ?? queue.settings.waitSeconds;
  if (waitSeconds < 0 || waitSeconds > MAX_WAIT_SECONDS) {
    throw invalidValue(waitSeconds, 'WaitTimeSeconds', `Must be >= 0 and <= ${MAX_WAIT_SECONDS}, if provided.`);
  }
  const visibilitySeconds = input.VisibilityTimeout ?? queue.settings.visibilitySeconds;
  if (visibilitySeconds < 0 || visibilitySeconds > MAX_VISIBILITY_SECONDS) {
    throw invalidValue(
      visibilitySeconds,
      'VisibilityTimeout',
      `Must be between 0 and ${MAX_VISIBILITY_SECONDS}, if provided.`,
    );
  }
  const systemNames = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  for (const name of systemNames) {
    if (!SYSTEM_ATTRIBUTES.has(name)) throw invalidParameter(`Unknown Attribute ${name}.`);
  }
  const messages = await queue.receive({
    maxMessages,
    waitTimeMs: waitSeconds * 1000,
    visibilityTimeoutSeconds: visibilitySeconds,
    signal,
  });
  if (messages.length === 0) return {};
  return {
    Messages: messages.map((message) => toWireMessage(message, systemNames, input.MessageAttributeNames ?? [])),
  };
}

const SYSTEM_ATTRIBUTES = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

/** Only the attributes that were asked for. The digest covers the message attributes that are returned. */
function toWireMessage(message: ReceivedMessage, systemNames: readonly string[], names: readonly string[]): object {
  const system = systemNames.includes('All')
    ? message.attributes
    : Object.fromEntries(Object.entries(message.attributes).filter(([name]) => systemNames.includes(name)));
  const selected = selectMessageAttributes(message.messageAttributes, names);
  const md5 = md5OfMessageAttributes(selected);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(md5 && { MD5OfMessageAttributes: md5, MessageAttributes: selected }),
  };
}
