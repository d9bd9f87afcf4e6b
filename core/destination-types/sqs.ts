import * as z from 'zod';
import { awsAuth, queueUrlField } from './aws.ts';
import { placeholderField } from './placeholders.ts';
import { defineType } from './type-definition.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_GROUP_ID_LENGTH = 128;

/** An SQS queue: docs/destinations/sqs.md */
export const sqs = defineType({
  type: 'sqs',
  config: z
    .strictObject({
      queue_url: queueUrlField,
      message_group_id: placeholderField(MAX_GROUP_ID_LENGTH)
        .nullable()
        .default(null)
        .meta({
          description: 'May contain placeholders. `null`: `{source_id}` for a FIFO queue, none for a standard queue.',
          examples: ['{source_id}'],
        }),
    })
    .meta({ id: 'SqsConfig' }),
  sealedConfig: [],
  auth: awsAuth,
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.queue_url.split('/').at(-1) ?? config.queue_url,
});
