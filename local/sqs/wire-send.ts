import { AwsError } from '../wire/aws-error.ts';
import { runBatch, validateBatch } from './batch.ts';
import { invalidParameter, invalidValue } from './errors.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { md5OfMessageAttributes } from './message-attributes.ts';
import { messageBytes, type OutgoingMessage, validateOutgoingMessage } from './outgoing-message.ts';
import type { Queue, SentMessage } from './queue.ts';
import type { MessageInput } from './wire-schemas.ts';

export async function sendMessage(queue: Queue, input: MessageInput): Promise<object> {
  const message = toOutgoingMessage(input);
  validate(queue, input, message);
  const [sent] = await queue.send([message]);
  return sendResult(input, sent);
}

/** @throws BatchRequestTooLong if all entries together exceed 1 MiB. A fault in one entry only fails that entry. */
export async function sendMessageBatch(
  queue: Queue,
  inputs: readonly (MessageInput & { Id: string })[],
): Promise<object> {
  validateBatch(inputs);
  const entries = inputs.map((input) => ({ Id: input.Id, input, message: toOutgoingMessage(input) }));
  const bytes = entries.reduce((sum, { message }) => sum + messageBytes(message), 0);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
  return runBatch(
    entries,
    ({ input, message }) => validate(queue, input, message),
    async (valid) => {
      const sent = await queue.send(valid.map(({ message }) => message));
      return valid.map(({ input }, i) => sendResult(input, sent[i]));
    },
  );
}

function toOutgoingMessage(input: MessageInput): OutgoingMessage {
  return {
    body: input.MessageBody,
    messageAttributes: input.MessageAttributes ?? undefined,
    messageGroupId: input.MessageGroupId ?? undefined,
    delaySeconds: input.DelaySeconds ?? undefined,
    traceHeader: input.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
  };
}

function validate(queue: Queue, input: MessageInput, message: OutgoingMessage): void {
  if (input.MessageDeduplicationId != null) {
    throw invalidValue(
      input.MessageDeduplicationId,
      'MessageDeduplicationId',
      'The request include parameter that is not valid for this queue type.',
    );
  }
  const traceHeader = input.MessageSystemAttributes?.AWSTraceHeader;
  if (traceHeader && (traceHeader.DataType !== 'String' || !traceHeader.StringValue)) {
    throw invalidParameter(
      "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
    );
  }
  validateOutgoingMessage(message, queue.settings.maximumMessageBytes);
}

function sendResult(input: MessageInput, sent: SentMessage | undefined): object {
  if (!sent) throw new Error('a message was stored, but no receipt for it came back');
  const md5OfSystemAttributes = md5OfMessageAttributes(input.MessageSystemAttributes ?? {});
  return {
    MessageId: sent.messageId,
    MD5OfMessageBody: sent.md5OfBody,
    ...(sent.md5OfMessageAttributes && { MD5OfMessageAttributes: sent.md5OfMessageAttributes }),
    ...(md5OfSystemAttributes && { MD5OfMessageSystemAttributes: md5OfSystemAttributes }),
  };
}
