import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Hawser } from '../support/hawser.ts';

/** How an SDK client looks inside a running stack. */
export function clientOf({ awsUrl }: Hawser) {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  return { endpoint: awsUrl, region: 'us-east-1', credentials };
}

/** Whether no message of the stack's queues waits or is being worked on, dead letters included. Delayed ones do not count. */
export async function areEmpty(hawser: Hawser): Promise<boolean> {
  const sqs = new SQSClient(clientOf(hawser));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Hawser-' }));
  const depths = QueueUrls.map(async (QueueUrl) => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  });
  const messages = await Promise.all(depths);
  sqs.destroy();
  return messages.length > 0 && messages.every((count) => count === 0);
}
