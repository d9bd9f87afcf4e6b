import { AwsError } from '../wire/aws-error.ts';
import { invalidParameter, invalidValue, missingParameter } from './errors.ts';
import { MAX_DELAY_SECONDS } from './limits.ts';
import {
  INVALID_CHARACTERS,
  isValidText,
  type MessageAttributes,
  messageAttributesBytes,
  validateMessageAttributes,
} from './message-attributes.ts';

/** A message to send, whether from the wire or from another embedded service. */
export interface OutgoingMessage {
  readonly body: string;
  readonly messageAttributes?: MessageAttributes | undefined;
  readonly messageGroupId?: string | undefined;
  /** 0–900. If left out, the queue's own delay applies. */
  readonly delaySeconds?: number | undefined;
  /** An X-Ray trace header, the one system attribute that a sender may set. */
  readonly traceHeader?: string | undefined;
}

const GROUP_ID = /^[0-9a-zA-Z!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~-]{1,128}$/;

/** The bytes that count towards the limits of a message and of a batch. */
export function messageBytes(message: OutgoingMessage): number {
  return Buffer.byteLength(message.body) + messageAttributesBytes(message.messageAttributes ?? {});
}

/**
 * Refuses what SQS refuses, in SQS's words.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function validateOutgoingMessage(message: OutgoingMessage, maximumBytes: number): void {
  const { body, messageAttributes, messageGroupId, delaySeconds } = message;
  if (body === '') throw missingParameter('MessageBody');
  if (messageBytes(message) > maximumBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumBytes} bytes.`,
    );
  }
  if (!isValidText(body)) throw new AwsError('InvalidMessageContents', INVALID_CHARACTERS);
  if (messageAttributes) validateMessageAttributes(messageAttributes);
  if (messageGroupId !== undefined && !GROUP_ID.test(messageGroupId)) {
    throw invalidValue(
      messageGroupId,
      'MessageGroupId',
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  }
  if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS)) {
    throw invalidValue(delaySeconds, 'DelaySeconds', `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
  }
}
