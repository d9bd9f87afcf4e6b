import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Hawser } from './hawser.ts';

/** The settings with which an SDK client reaches the services of a running stack. */
export function clientOf({ awsUrl }: Hawser) {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  return { endpoint: awsUrl, region: 'us-east-1', credentials };
}

interface Depth {
  readonly url: string;
  readonly waiting: number;
  /** Being worked on. */
  readonly inFlight: number;
}

/** How many messages the stack's queues hold. Delayed ones don't count. */
async function depths(hawser: Hawser): Promise<Depth[]> {
  const sqs = new SQSClient(clientOf(hawser));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Hawser-' }));
  const [waiting, inFlight] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const found = await Promise.all(
    QueueUrls.map(async (url) => {
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [waiting, inFlight] });
      const { Attributes = {} } = await sqs.send(command);
      return { url, waiting: Number(Attributes[waiting]), inFlight: Number(Attributes[inFlight]) };
    }),
  );
  sqs.destroy();
  return found;
}

/** The figures of the one queue whose name matches. */
export async function depthOf(hawser: Hawser, name: RegExp): Promise<Depth> {
  const [depth, ...others] = (await depths(hawser)).filter(({ url }) => name.test(url));
  if (!depth || others.length > 0) throw new Error(`${others.length + (depth ? 1 : 0)} queues are called ${name}`);
  return depth;
}

/** Whether no message in the stack's queues, including dead letters, is waiting or in flight. */
export async function areEmpty(hawser: Hawser): Promise<boolean> {
  const all = await depths(hawser);
  return all.length > 0 && all.every(({ waiting, inFlight }) => waiting + inFlight === 0);
}
