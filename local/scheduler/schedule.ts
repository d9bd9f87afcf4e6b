import * as z from 'zod';
import type { EpochMs } from '../clock.ts';
import { MAX_EVENT_AGE_SECONDS, MAX_INPUT_BYTES, MAX_RETRY_ATTEMPTS, MIN_EVENT_AGE_SECONDS } from './limits.ts';

export const DEFAULT_GROUP = 'default';

/** Names of schedules and of groups. */
export const nameSchema = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/);

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html */
const targetSchema = z.strictObject({
  Arn: z.string().min(1).max(1600),
  RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/),
  Input: z
    .string()
    .min(1)
    .refine((input) => Buffer.byteLength(input) <= MAX_INPUT_BYTES, {
      error: `Member must have length less than or equal to ${MAX_INPUT_BYTES}`,
    })
    .optional(),
  DeadLetterConfig: z
    .strictObject({
      Arn: z
        .string()
        .regex(/^arn:aws[a-z-]*:sqs:/)
        .optional(),
    })
    .optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z
        .int()
        .min(MIN_EVENT_AGE_SECONDS)
        .max(MAX_EVENT_AGE_SECONDS)
        .default(MAX_EVENT_AGE_SECONDS),
      MaximumRetryAttempts: z.int().min(0).max(MAX_RETRY_ATTEMPTS).default(MAX_RETRY_ATTEMPTS),
    })
    .default({ MaximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS, MaximumRetryAttempts: MAX_RETRY_ATTEMPTS }),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().min(1).max(128).optional() }).optional(),
});

/** The last second that a date can name: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_DATE_SECONDS = 8.64e12;

const dateSchema = z.number().min(0).max(MAX_DATE_SECONDS);

/**
 * What CreateSchedule and UpdateSchedule take, with the API's names and defaults. Dates are seconds since the epoch.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
export const definitionSchema = z.strictObject({
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).default('UTC'),
  StartDate: dateSchema.optional(),
  EndDate: dateSchema.optional(),
  Description: z.string().max(512).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.int().optional(),
  }),
  Target: targetSchema,
});

export type ScheduleDefinition = z.infer<typeof definitionSchema>;
export type ScheduleTarget = z.infer<typeof targetSchema>;

/** A schedule as it is stored, with its state. */
export interface Schedule {
  /** Changes with every change of the schedule, so that the end of an invocation can't affect a later version. */
  readonly revision: number;
  readonly groupName: string;
  readonly name: string;
  readonly definition: ScheduleDefinition;
  readonly clientToken: string | undefined;
  readonly createdMs: EpochMs;
  readonly modifiedMs: EpochMs;
  /** When to invoke the target next, for an occurrence or a retry. `undefined` if there is nothing more to do. */
  readonly dueMs: EpochMs | undefined;
  /** The occurrence that `dueMs` is for. */
  readonly occurrenceMs: EpochMs | undefined;
  /** How many invocations of this occurrence failed, and when the first one was made. */
  readonly failedAttempts: number;
  readonly firstAttemptMs: EpochMs | undefined;
}

/** The window of a recurring schedule in milliseconds. */
export function windowOf({ StartDate, EndDate }: ScheduleDefinition): {
  startMs: EpochMs | undefined;
  endMs: EpochMs | undefined;
} {
  return {
    startMs: StartDate === undefined ? undefined : Math.round(StartDate * 1000),
    endMs: EndDate === undefined ? undefined : Math.round(EndDate * 1000),
  };
}
