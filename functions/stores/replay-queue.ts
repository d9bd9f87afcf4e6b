import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodeReplayMessage, type ReplayMessage } from '../messages/replay.ts';

/** The queue of the steps of replays. It holds one message for each running replay. */
export class ReplayQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  /** When the promise resolves, the step will come. @param delaySeconds at most 900 */
  async send(message: ReplayMessage, delaySeconds = 0): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: encodeReplayMessage(message),
        // Fair queues: an organization with many replays does not delay those of the others.
        MessageGroupId: message.organizationId,
        ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
      }),
    );
  }
}
