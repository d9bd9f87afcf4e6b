import {
  ActionAfterCompletion,
  ConflictException,
  CreateScheduleCommand,
  FlexibleTimeWindowMode,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { attemptName } from '../../core/deliveries/delivery.ts';
import {
  type DeliveryMessage,
  destinationOf,
  encodeMessage,
  isDelivery,
  isLine,
  type QueueMessage,
} from '../messages/delivery.ts';
import type { LineMessage } from '../messages/line.ts';
import { logger } from '../shared/logger.ts';
import { type DeliveryQueue, MAX_DELAY_SECONDS } from '../stores/delivery-queue.ts';

/**
 * The target sends through the SDK, because Scheduler's own SQS target passes a message group to FIFO queues only. Its
 * partition is that of the role: `aws`, except in China and GovCloud.
 */
function sendMessageTarget(roleArn: string): string {
  const [, partition] = roleArn.split(':');
  return `arn:${partition}:scheduler:::aws-sdk:sqs:sendMessage`;
}

/** How much too early a message may come and still be due: the clocks of queue, Scheduler and functions differ. */
const EARLY_TOLERANCE_MS = 1_000;

export interface DelayedSenderOptions {
  readonly queue: DeliveryQueue;
  readonly scheduler: SchedulerClient;
  readonly scheduleGroup: string;
  readonly scheduleRoleArn: string;
  readonly scheduleDeadLetterArn: string;
  readonly now: () => number;
}

/**
 * Sends messages that are due later, such as the next attempt of a delivery or the release of what is held. Up to 15 minutes by
 * the queue's own delay, which is precise and costs nothing; beyond by a one-time schedule.
 */
export class DelayedSender {
  readonly #options: DelayedSenderOptions;

  constructor(options: DelayedSenderOptions) {
    this.#options = options;
  }

  /** When the promise resolves, the message will come. One that waits in the queue may come early: see `postponeIfEarly`. */
  async sendAfter(message: QueueMessage, delaySeconds: number): Promise<void> {
    const { queue, now } = this.#options;
    if (delaySeconds <= MAX_DELAY_SECONDS) return queue.send(message, delaySeconds);
    const notBeforeMs = now() + delaySeconds * 1000;
    try {
      await this.#schedule(message, notBeforeMs);
    } catch (error) {
      // Throttled, over a quota, or out of service: the queue's longest delay carries it until the next try.
      logger.warn('schedule refused, the message waits in the queue', { name: scheduleName(message), error });
      await queue.send(isDelivery(message) ? { ...message, notBeforeMs } : message, MAX_DELAY_SECONDS);
    }
  }

  /** Sends a message on if it has come too early to be of use. @returns whether it had */
  async postponeIfEarly(message: DeliveryMessage | LineMessage, toleranceMs = EARLY_TOLERANCE_MS): Promise<boolean> {
    const { notBeforeMs = 0 } = message;
    const earlyMs = notBeforeMs - this.#options.now();
    if (earlyMs <= toleranceMs) return false;
    await this.sendAfter(message, Math.ceil(earlyMs / 1000));
    return true;
  }

  async #schedule(message: QueueMessage, dueMs: number): Promise<void> {
    const { queue, scheduler, scheduleGroup, scheduleRoleArn, scheduleDeadLetterArn } = this.#options;
    try {
      await scheduler.send(
        new CreateScheduleCommand({
          Name: scheduleName(message),
          GroupName: scheduleGroup,
          // Scheduler takes whole seconds. Rounded up, as a delay is: senders rely on the message not coming early.
          ScheduleExpression: `at(${new Date(Math.ceil(dueMs / 1000) * 1000).toISOString().slice(0, 19)})`,
          FlexibleTimeWindow: { Mode: FlexibleTimeWindowMode.OFF },
          ActionAfterCompletion: ActionAfterCompletion.DELETE,
          Target: {
            Arn: sendMessageTarget(scheduleRoleArn),
            RoleArn: scheduleRoleArn,
            Input: JSON.stringify({
              QueueUrl: queue.url,
              MessageBody: encodeMessage(message),
              MessageGroupId: destinationOf(message),
            }),
            DeadLetterConfig: { Arn: scheduleDeadLetterArn },
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  }
}

/**
 * Deterministic: a repeated job can't make a second schedule for the same attempt, nor a circuit's epoch a second one for its
 * probe.
 */
function scheduleName(message: QueueMessage): string {
  if (isLine(message)) return `${message.destinationId}-line-${message.notBeforeMs ?? 'now'}`;
  if (!isDelivery(message)) return `${message.destinationId}-${message.epoch ?? 'release'}`;
  return attemptName(message.job);
}
