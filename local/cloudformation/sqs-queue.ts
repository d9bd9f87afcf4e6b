import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
export const sqsQueue = resourceType({
  type: 'AWS::SQS::Queue',
  properties: z.strictObject({
    QueueName: z.string().optional(),
    DelaySeconds: z.int().optional(),
    MaximumMessageSize: z.int().optional(),
    MessageRetentionPeriod: z.int().optional(),
    ReceiveMessageWaitTimeSeconds: z.int().optional(),
    VisibilityTimeout: z.int().optional(),
    SqsManagedSseEnabled: z.boolean().optional(),
    RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.int() }).optional(),
  }),
  harmless: tags,
  create({ QueueName, ...attributes }, { factories, physicalName }) {
    const name = QueueName ?? physicalName(80);
    const { queueUrl, queueArn } = factories.sqs.ensureQueue({ name, attributes: asText(attributes) });
    return { ref: queueUrl, attributes: { Arn: queueArn, QueueName: name, QueueUrl: queueUrl } };
  },
});

/** CloudFormation's attributes have the same names as the API's, but the API takes each as text, and policies as JSON. */
function asText(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}
