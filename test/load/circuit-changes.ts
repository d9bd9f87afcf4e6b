import {
  EventBridgeClient,
  ListEventBusesCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Hawser } from '../support/hawser.ts';
import { clientOf } from '../support/queues.ts';

const NAME = 'circuit-changes';

/** The stack's announcements of circuit changes, received through a rule on its event bus like an operator's. */
export class CircuitChanges {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  private constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  static async watch(hawser: Hawser): Promise<CircuitChanges> {
    const [sqs, eventbridge] = [new SQSClient(clientOf(hawser)), new EventBridgeClient(clientOf(hawser))];
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: NAME }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const { EventBuses = [] } = await eventbridge.send(new ListEventBusesCommand({}));
    const EventBusName = EventBuses.find(({ Name }) => Name !== 'default')?.Name;
    const EventPattern = JSON.stringify({ source: ['hawser'], 'detail-type': [{ prefix: 'circuit.' }] });
    await eventbridge.send(new PutRuleCommand({ Name: NAME, EventBusName, EventPattern }));
    await eventbridge.send(
      new PutTargetsCommand({ Rule: NAME, EventBusName, Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn }] }),
    );
    return new CircuitChanges(sqs, QueueUrl);
  }

  /** How often each change was announced, such as `circuit.opened`. A second call counts only what came since. */
  async counted(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return counts;
      for (const { Body = '', ReceiptHandle } of Messages) {
        const { 'detail-type': type } = JSON.parse(Body) as { 'detail-type': string };
        counts.set(type, (counts.get(type) ?? 0) + 1);
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
      }
    }
  }
}
