import * as z from 'zod';
import { messageAttributeSchema } from './message-attributes.ts';

const queueUrl = { QueueUrl: z.string() };
const receipt = { ReceiptHandle: z.string() };
const attributeMap = z.record(z.string(), z.string());
const message = {
  MessageBody: z.string(),
  DelaySeconds: z.int().nullish(),
  MessageAttributes: z.record(z.string(), messageAttributeSchema).nullish(),
  MessageSystemAttributes: z.strictObject({ AWSTraceHeader: messageAttributeSchema.optional() }).nullish(),
  MessageGroupId: z.string().nullish(),
  MessageDeduplicationId: z.string().nullish(),
};
const entry = { Id: z.string() };

/** Every operation's parameters. What is not listed is refused with 501. */
export const schemas = {
  CreateQueue: z.strictObject({
    QueueName: z.string(),
    Attributes: attributeMap.nullish(),
    tags: attributeMap.nullish(),
  }),
  DeleteQueue: z.strictObject(queueUrl),
  GetQueueUrl: z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().nullish() }),
  ListQueues: z.strictObject({
    QueueNamePrefix: z.string().nullish(),
    MaxResults: z.int().nullish(),
    NextToken: z.string().nullish(),
  }),
  ListQueueTags: z.strictObject(queueUrl),
  GetQueueAttributes: z.strictObject({ ...queueUrl, AttributeNames: z.array(z.string()).nullish() }),
  SetQueueAttributes: z.strictObject({ ...queueUrl, Attributes: attributeMap }),
  PurgeQueue: z.strictObject(queueUrl),
  SendMessage: z.strictObject({ ...queueUrl, ...message }),
  SendMessageBatch: z.strictObject({ ...queueUrl, Entries: z.array(z.strictObject({ ...entry, ...message })) }),
  ReceiveMessage: z.strictObject({
    ...queueUrl,
    AttributeNames: z.array(z.string()).nullish(),
    MessageSystemAttributeNames: z.array(z.string()).nullish(),
    MessageAttributeNames: z.array(z.string()).nullish(),
    MaxNumberOfMessages: z.int().nullish(),
    VisibilityTimeout: z.int().nullish(),
    WaitTimeSeconds: z.int().nullish(),
  }),
  DeleteMessage: z.strictObject({ ...queueUrl, ...receipt }),
  DeleteMessageBatch: z.strictObject({ ...queueUrl, Entries: z.array(z.strictObject({ ...entry, ...receipt })) }),
  ChangeMessageVisibility: z.strictObject({ ...queueUrl, ...receipt, VisibilityTimeout: z.int() }),
  ChangeMessageVisibilityBatch: z.strictObject({
    ...queueUrl,
    Entries: z.array(z.strictObject({ ...entry, ...receipt, VisibilityTimeout: z.int() })),
  }),
};

export type MessageInput = Omit<z.infer<typeof schemas.SendMessage>, 'QueueUrl'>;
export type ReceiveInput = z.infer<typeof schemas.ReceiveMessage>;
