import { type MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { STSClient } from '@aws-sdk/client-sts';
import { regionOfQueue } from '../../core/destination-types/aws.ts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { textOf } from '../../core/events/body-text.ts';
import { formatInteger } from '../../core/format-integer.ts';
import { leanClient } from '../shared/lean-client.ts';
import { attemptOnAws } from './aws-attempt.ts';
import { AwsClients } from './aws-clients.ts';
import type { AttemptInput, DestinationType } from './destination-type.ts';
import { UnsendableError } from './http-failure.ts';
import { contentTypeOf } from './webhook-body.ts';

/**
 * For the body and all attributes:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_MESSAGE_BYTES = 1_048_576;

/**
 * Characters that SQS does not accept in a message:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const FORBIDDEN_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

type Attributes = readonly (readonly [name: string, value: string])[];

/** Sends each webhook as a message: the body as received, everything else in attributes. */
export function sqsDestination(sts: () => STSClient): DestinationType<DestinationTargets['sqs']> {
  const clients = new AwsClients(
    sts,
    // By default the SDK sends to the queue's URL. Here the endpoint follows from the region alone, as with every other service.
    (options) => leanClient(SQSClient, { ...options, useQueueUrlAsEndpoint: false, md5: false }),
  );
  return {
    bind(destination) {
      const { target, timeoutSeconds } = destination;
      const { queue_url: QueueUrl } = target.config;
      return {
        attempt(input) {
          const message = messageOf(input);
          return attemptOnAws({
            target: QueueUrl,
            attributes: message.attributes,
            timeoutSeconds,
            send: (abortSignal) => {
              checkSize(message);
              const command = new SendMessageCommand({
                QueueUrl,
                MessageBody: message.body,
                MessageAttributes: toMessageAttributes(message.attributes),
                ...queueParameters(target.config, input),
              });
              return clients.client(destination, regionOfQueue(QueueUrl)).send(command, { abortSignal });
            },
            toLoggedBody: ({ MessageId, SequenceNumber }) => ({ MessageId, SequenceNumber }),
          });
        },
      };
    },
  };
}

/**
 * A FIFO queue accepts each deduplication id once in five minutes. A repeated attempt has the id of the first, so it adds no
 * second message. A replay has its own id, because the user wants it sent.
 */
function queueParameters({ queue_url, message_group_id }: DestinationTargets['sqs']['config'], { job }: AttemptInput) {
  const isFifo = queue_url.endsWith('.fifo');
  const group = message_group_id ?? (isFifo ? '{source_id}' : undefined);
  return {
    ...(group !== undefined && { MessageGroupId: fillPlaceholders(group, job) }),
    ...(isFifo && { MessageDeduplicationId: `${job.deliveryId}-${job.roundStart}` }),
  };
}

interface Message {
  readonly body: string;
  readonly attributes: Attributes;
}

/** A body that SQS does not accept as text is sent in base64, and an attribute says so. */
function messageOf({ job, head, body }: AttemptInput): Message {
  const text = textOf(body);
  const isText = text !== undefined && !FORBIDDEN_CHARACTER.test(text);
  const contentType = contentTypeOf(head);
  return {
    body: isText ? text : Buffer.from(body).toString('base64'),
    attributes: [
      ['event_id', job.eventId],
      ['delivery_id', job.deliveryId],
      ['source_id', job.sourceId],
      ['attempt', String(job.attempt)],
      ['body_encoding', isText ? 'utf8' : 'base64'],
      ...(contentType === undefined ? [] : [['content_type', contentType] as const]),
    ],
  };
}

/** @throws UnsendableError before anything is sent, so that nobody has to interpret SQS's own message */
function checkSize({ body, attributes }: Message): void {
  if (body === '')
    throw new UnsendableError('UNSUPPORTED_BODY', 'the webhook has no body, and SQS accepts no empty messages');
  const bytes = [body, ...attributes.flat(), ...attributes.map(() => 'String')].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    0,
  );
  if (bytes > MAX_MESSAGE_BYTES) {
    const why = `the message has ${formatInteger(bytes)} bytes with its attributes, and SQS accepts ${formatInteger(MAX_MESSAGE_BYTES)}`;
    throw new UnsendableError('BODY_TOO_LARGE', why);
  }
}

function toMessageAttributes(attributes: Attributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(attributes.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}
