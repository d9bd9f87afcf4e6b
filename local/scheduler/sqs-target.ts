import * as z from 'zod';
import { messageAttributeSchema } from '../sqs/message-attributes.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { ScheduleTarget } from './schedule.ts';

/** The universal target for SQS: its input is the request of the API operation. */
const UNIVERSAL_SEND_MESSAGE = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';

const sendMessageSchema = z.strictObject({
  QueueUrl: z.string(),
  MessageBody: z.string(),
  MessageGroupId: z.string().optional(),
  DelaySeconds: z.int().optional(),
  MessageAttributes: z.record(z.string(), messageAttributeSchema).optional(),
});

/** @throws 501 for any other kind of target; ValidationException for a universal target without a usable input */
export function validateTarget(target: ScheduleTarget): void {
  if (/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+$/.test(target.Arn)) return;
  if (target.Arn !== UNIVERSAL_SEND_MESSAGE) throw notImplemented('Scheduler', `the target ${target.Arn}`);
  if (target.SqsParameters)
    throw new AwsError('ValidationException', 'SqsParameters is not valid for a universal target.');
  parseInput(target.Input);
}

/**
 * Sends one invocation to its queue.
 * @param input the target's input with its keywords filled in @throws AwsError the queue's refusal
 */
export async function invokeTarget(sqs: Sqs, target: ScheduleTarget, input: string): Promise<void> {
  if (target.Arn !== UNIVERSAL_SEND_MESSAGE) {
    await sqs.sendMessage(target.Arn, { body: input, messageGroupId: target.SqsParameters?.MessageGroupId });
    return;
  }
  const request = parseInput(input);
  await sqs.sendMessage(sqs.arnOfUrl(request.QueueUrl), {
    body: request.MessageBody,
    messageGroupId: request.MessageGroupId,
    delaySeconds: request.DelaySeconds,
    messageAttributes: request.MessageAttributes,
  });
}

function parseInput(input: string | undefined): z.infer<typeof sendMessageSchema> {
  let value: unknown;
  try {
    value = JSON.parse(input ?? '');
  } catch {
    throw new AwsError('ValidationException', 'The input of a universal target must be a JSON object.');
  }
  const parsed = sendMessageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AwsError(
    'ValidationException',
    `The input of the target is not valid: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
