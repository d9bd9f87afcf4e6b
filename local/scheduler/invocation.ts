import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../clock.ts';
import { ACCOUNT_ID } from '../sqs/account.ts';
import { queryCode } from '../sqs/errors.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import type { AwsError } from '../wire/aws-error.ts';
import type { Schedule } from './schedule.ts';

/** One try of a schedule's target. */
export interface Invocation {
  readonly executionId: string;
  readonly scheduleArn: string;
  readonly scheduledMs: EpochMs;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly region: string;
}

export function newExecutionId(): string {
  return randomBytes(8).toString('hex');
}

/**
 * What the target gets: its input with the keywords filled in, or a notification when it has none.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function inputOf(input: string | undefined, invocation: Invocation): string {
  if (input === undefined) return defaultInput(invocation);
  const values = new Map([
    ['schedule-arn', invocation.scheduleArn],
    ['scheduled-time', timestamp(invocation.scheduledMs)],
    ['execution-id', invocation.executionId],
    ['attempt-number', String(invocation.attempt)],
  ]);
  return input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (keyword, name: string) => values.get(name) ?? keyword);
}

function defaultInput({ executionId, scheduleArn, scheduledMs, region }: Invocation): string {
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT_ID,
    time: timestamp(scheduledMs),
    region,
    resources: [scheduleArn],
    detail: '{}',
  });
}

/** The limit of a retry policy that ended the tries. */
export type RetryPolicyEnd = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

/**
 * When to try a failed target again, or which limit of its retry policy forbids it.
 *
 * AWS backs off exponentially but doesn't say how. Here it is 1 s, doubling up to 8 minutes, which spreads the default of 185
 * retries over the default of 24 hours. The age counts from the first try, not from the scheduled time, and without the time in
 * which nothing ran. So an occurrence that was missed while the machine was off still gets its tries.
 */
export function nextTry(
  schedule: Schedule,
  failedAttempts: number,
  ageMs: number,
  nowMs: EpochMs,
): EpochMs | RetryPolicyEnd {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = schedule.definition.Target.RetryPolicy;
  if (failedAttempts > MaximumRetryAttempts) return 'MaximumRetryAttempts';
  const pauseMs = Math.min(2 ** (failedAttempts - 1), 480) * 1000;
  return ageMs + pauseMs > MaximumEventAgeInSeconds * 1000 ? 'MaximumEventAgeInSeconds' : nowMs + pauseMs;
}

/**
 * The attributes of a message in the schedule's dead-letter queue. The message's body is the target's input.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html#configuring-schedule-dlq-dead-letter-event
 */
export function deadLetterAttributes(
  schedule: Schedule,
  invocation: Invocation,
  error: AwsError,
  end: RetryPolicyEnd,
): MessageAttributes {
  const texts: Record<string, string> = {
    ERROR_CODE: queryCode(error),
    ERROR_MESSAGE: error.message,
    EXECUTION_ID: invocation.executionId,
    EXHAUSTED_RETRY_CONDITION: end,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(invocation.attempt - 1),
    SCHEDULED_TIME: timestamp(invocation.scheduledMs),
    SCHEDULE_ARN: invocation.scheduleArn,
    TARGET_ARN: schedule.definition.Target.Arn,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  );
}

function timestamp(timeMs: EpochMs): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
