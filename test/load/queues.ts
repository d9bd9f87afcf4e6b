import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Hawser } from '../support/hawser.ts';

/** How an SDK client looks inside a running stack. */
export function clientOf({ awsUrl }: Hawser) {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  return { endpoint: awsUrl, region: 'us-east-1', credentials };
}

/** Messages of the stack's queues that wait or are being worked on, by queue; those that are delayed are not counted. */
export async function depths(hawser: Hawser): Promise<Readonly<Record<string, number>>> {
  const sqs = new SQSClient(clientOf(hawser));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Hawser-' }));
  const entries = QueueUrls.map(async (QueueUrl) => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const depth = Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    return [QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1), depth] as const;
  });
  const byQueue = Object.fromEntries(await Promise.all(entries));
  sqs.destroy();
  return byQueue;
}
