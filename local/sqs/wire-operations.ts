import type * as z from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsJsonOperation, awsJsonService } from '../wire/aws-json.ts';
import { type InputProblem, parseInput } from '../wire/parse-input.ts';
import type { WireRequest, WireService } from '../wire/wire.ts';
import { ACCOUNT_ID } from './account.ts';
import { runBatch } from './batch.ts';
import { invalidValue, missingParameter, queryCode, queueDoesNotExist } from './errors.ts';
import { MAX_LISTED_QUEUES, MAX_VISIBILITY_SECONDS } from './limits.ts';
import type { Queue } from './queue.ts';
import { unknownAttribute } from './queue-attributes.ts';
import { decodeReceiptHandle } from './receipt-handle.ts';
import type { Sqs } from './sqs.ts';
import { receiveMessage } from './wire-receive.ts';
import { schemas } from './wire-schemas.ts';
import { sendMessage, sendMessageBatch } from './wire-send.ts';

/** SQS over AWS JSON 1.0: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html */
export function sqsWire(sqs: Sqs): WireService {
  const service = awsJsonService({
    signingName: 'sqs',
    targetPrefix: 'AmazonSQS',
    jsonVersion: '1.0',
    errorNamespace: 'com.amazonaws.sqs',
    operations: Object.fromEntries(operationsOf(sqs)),
    addressed: ({ QueueUrl }) => [sqs.arnOfUrl(String(QueueUrl))],
  });
  return {
    ...service,
    accessDenied: { code: 'AccessDeniedException', status: 403 },
    errorResponse(error) {
      const response = service.errorResponse(error);
      const fault = error.status < 500 ? 'Sender' : 'Receiver';
      response.headers['x-amzn-query-error'] = `${queryCode(error)};${fault}`;
      return response;
    },
  };
}

function operationsOf(sqs: Sqs): [string, AwsJsonOperation][] {
  const queueOf = (input: { QueueUrl: string }): Queue => sqs.queue(sqs.arnOfUrl(input.QueueUrl));
  return [
    operation('CreateQueue', schemas.CreateQueue, ({ QueueName, Attributes, tags }) => ({
      QueueUrl: sqs.createQueue({ name: QueueName, attributes: Attributes ?? {}, tags: tags ?? {} }).queueUrl,
    })),
    operation('DeleteQueue', schemas.DeleteQueue, async (input) => {
      await sqs.deleteQueue(queueOf(input).identity.arn);
      return {};
    }),
    operation('GetQueueUrl', schemas.GetQueueUrl, ({ QueueName, QueueOwnerAWSAccountId }) => {
      if ((QueueOwnerAWSAccountId ?? ACCOUNT_ID) !== ACCOUNT_ID) throw queueDoesNotExist();
      return { QueueUrl: sqs.urlOf(sqs.queue(sqs.arnOf(QueueName)).identity.name) };
    }),
    operation('ListQueues', schemas.ListQueues, (input) => listQueues(sqs, input)),
    operation('ListQueueTags', schemas.ListQueueTags, (input) => ({ Tags: sqs.tagsOf(queueOf(input).identity.arn) })),
    operation('GetQueueAttributes', schemas.GetQueueAttributes, (input) =>
      getQueueAttributes(queueOf(input), input.AttributeNames ?? []),
    ),
    operation('SetQueueAttributes', schemas.SetQueueAttributes, (input) => {
      sqs.setAttributes(queueOf(input).identity.arn, input.Attributes);
      return {};
    }),
    operation('PurgeQueue', schemas.PurgeQueue, async (input) => {
      await queueOf(input).purge();
      return {};
    }),
    operation('SendMessage', schemas.SendMessage, (input) => sendMessage(queueOf(input), input)),
    operation('SendMessageBatch', schemas.SendMessageBatch, (input) => sendMessageBatch(queueOf(input), input.Entries)),
    operation('ReceiveMessage', schemas.ReceiveMessage, (input, { signal }) =>
      receiveMessage(queueOf(input), input, signal),
    ),
    operation('DeleteMessage', schemas.DeleteMessage, async (input) => {
      await queueOf(input).delete([input.ReceiptHandle]);
      return {};
    }),
    operation('DeleteMessageBatch', schemas.DeleteMessageBatch, (input) => {
      const queue = queueOf(input);
      return runBatch(
        input.Entries,
        (entry) => void decodeReceiptHandle(entry.ReceiptHandle, queue.identity.name),
        async (entries) => {
          await queue.delete(entries.map((entry) => entry.ReceiptHandle));
          return entries.map(() => ({}));
        },
      );
    }),
    operation('ChangeMessageVisibility', schemas.ChangeMessageVisibility, (input) => {
      changeVisibility(queueOf(input), input);
      return {};
    }),
    operation('ChangeMessageVisibilityBatch', schemas.ChangeMessageVisibilityBatch, (input) => {
      const queue = queueOf(input);
      return runBatch(
        input.Entries,
        (entry) => changeVisibility(queue, entry),
        async (entries) => entries.map(() => ({})),
      );
    }),
  ];
}

/** An operation whose parameters are read by its schema first. */
function operation<T>(
  name: keyof typeof schemas,
  schema: z.ZodType<T>,
  run: (input: T, request: WireRequest) => object | Promise<object>,
): [string, AwsJsonOperation] {
  return [name, async (input, request) => run(parseInput(schema, input, 'SQS', name, refuse), request)];
}

function refuse({ kind, path, reason }: InputProblem): AwsError {
  return kind === 'missing' ? missingParameter(path) : new AwsError('SerializationException', `${path}: ${reason}`);
}

function changeVisibility(queue: Queue, input: { ReceiptHandle: string; VisibilityTimeout: number }): void {
  const { ReceiptHandle, VisibilityTimeout } = input;
  if (VisibilityTimeout < 0 || VisibilityTimeout > MAX_VISIBILITY_SECONDS) {
    throw invalidValue(
      VisibilityTimeout,
      'VisibilityTimeout',
      `Must be between 0 and ${MAX_VISIBILITY_SECONDS}, if provided.`,
    );
  }
  if (queue.changeVisibility(ReceiptHandle, VisibilityTimeout)) return;
  throw invalidValue(
    ReceiptHandle,
    'ReceiptHandle',
    'Message does not exist or is not available for visibility timeout change.',
  );
}

function getQueueAttributes(queue: Queue, names: readonly string[]): object {
  const known = queue.attributes();
  if (names.length === 0) return {};
  const selected: Record<string, string> = {};
  for (const name of names) {
    if (name === 'All') return { Attributes: known };
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value !== undefined) selected[name] = value;
    else if (!OPTIONAL_ATTRIBUTES.includes(name)) throw unknownAttribute(name);
  }
  return { Attributes: selected };
}

/** Names that GetQueueAttributes accepts even if this queue doesn't have them. */
const OPTIONAL_ATTRIBUTES = [
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];

/** A page only ends early if the caller sets MaxResults. The token is the last name of the page before. */
function listQueues(sqs: Sqs, { QueueNamePrefix, MaxResults, NextToken }: z.infer<typeof schemas.ListQueues>): object {
  const limit = MaxResults ?? MAX_LISTED_QUEUES;
  if (limit < 1 || limit > MAX_LISTED_QUEUES) {
    throw invalidValue(limit, 'MaxResults', `MaxResults must be an integer between 1 and ${MAX_LISTED_QUEUES}.`);
  }
  const after = Buffer.from(NextToken ?? '', 'base64').toString();
  const names = sqs.queueNames().filter((name) => name.startsWith(QueueNamePrefix ?? '') && name > after);
  const page = names.slice(0, limit);
  const last = page.at(-1);
  const urls = page.length > 0 ? { QueueUrls: page.map((name) => sqs.urlOf(name)) } : {};
  const isCut = MaxResults != null && names.length > limit && last !== undefined;
  return isCut ? { ...urls, NextToken: Buffer.from(last).toString('base64') } : urls;
}
