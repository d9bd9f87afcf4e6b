import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { LocalStack } from '../../local/stack.ts';

const DEAD_LETTERS = /DeliveryQueueDeadLetters/;
/** The messages of these queues are for people to look at. */
const FOR_PEOPLE = /dead|fail|undeliver|dropped/i;

/** What the API does not show: queues and schedules. */
export class Inside {
  readonly #stack: LocalStack;
  readonly #sqs: SQSClient;

  constructor(stack: LocalStack) {
    this.#stack = stack;
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    this.#sqs = new SQSClient({ endpoint: stack.awsEndpointUrl, region: 'us-east-1', credentials });
  }

  close(): void {
    this.#sqs.destroy();
  }

  /** What is still to come. */
  async left(): Promise<string[]> {
    const left = await Promise.all((await this.#urls()).filter(isForFunctions).map((url) => this.#messages(url)));
    const schedules = this.#stack.simulators.scheduler.schedules(undefined, ['', ''], 1_000);
    return [...left.flat(), ...schedules.map(({ name }) => `schedule ${name}`)];
  }

  /** Empties the dead-letter queue of deliveries. @returns the delivery of each message */
  async takeDeadLetters(): Promise<string[]> {
    const QueueUrl = (await this.#urls()).find((url) => DEAD_LETTERS.test(url));
    if (!QueueUrl) throw new Error('there is no queue of dead letters');
    const taken: string[] = [];
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 }),
      );
      if (Messages.length === 0) return taken;
      for (const { Body = '', ReceiptHandle } of Messages) {
        taken.push(/dlv_[0-9a-f]{32}/.exec(Body)?.[0] ?? Body);
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  async #urls(): Promise<string[]> {
    return (await this.#sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
  }

  async #messages(url: string): Promise<string[]> {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
    const { Attributes = {} } = await this.#sqs.send(command);
    const { ApproximateNumberOfMessages: ready, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes;
    const count = Number(ready) + Number(inFlight) + Number(Attributes.ApproximateNumberOfMessagesDelayed);
    return count === 0 ? [] : [`${count} messages of ${url.split('/').at(-1)}`];
  }
}

function isForFunctions(url: string): boolean {
  return !FOR_PEOPLE.test(url.split('/').at(-1) ?? '');
}
