import type { EpochMs } from '../clock.ts';
import type { RunningTime } from '../running-time.ts';
import { AwsError } from '../wire/aws-error.ts';
import {
  deadLetterAttributes,
  type Invocation,
  inputOf,
  newExecutionId,
  nextTry,
  type RetryPolicyEnd,
} from './invocation.ts';
import { type Schedule, windowOf } from './schedule.ts';
import { nextOccurrence, parseScheduleExpression } from './schedule-expression.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { SchedulerOptions } from './scheduler.ts';
import { invokeTarget } from './sqs-target.ts';

interface FiringOptions extends SchedulerOptions {
  readonly store: ScheduleStore;
  readonly arnOf: (schedule: Schedule) => string;
  readonly runningTime: RunningTime;
}

/**
 * Invokes the targets of schedules that are due. A target that fails is invoked again by its retry policy; after that, its
 * dead-letter queue gets the input.
 */
export class Firing {
  readonly #options: FiringOptions;

  constructor(options: FiringOptions) {
    this.#options = options;
  }

  /** Afterwards the schedule has a later due time, or none. */
  async fire(schedule: Schedule): Promise<void> {
    const { definition, occurrenceMs = this.#options.clock.nowMs() } = schedule;
    const invocation: Invocation = {
      executionId: newExecutionId(),
      scheduleArn: this.#options.arnOf(schedule),
      scheduledMs: occurrenceMs,
      attempt: schedule.failedAttempts + 1,
      region: this.#options.region,
    };
    const input = inputOf(definition.Target.Input, invocation);
    try {
      await invokeTarget(this.#options.sqs, definition.Target, input);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const nowMs = this.#options.clock.nowMs();
      const firstAttemptMs = schedule.firstAttemptMs ?? nowMs;
      const ageMs = nowMs - firstAttemptMs - this.#options.runningTime.pausedMsSince(firstAttemptMs);
      const next = nextTry(schedule, invocation.attempt, ageMs, nowMs);
      if (typeof next === 'number') {
        const state = { dueMs: next, occurrenceMs, failedAttempts: invocation.attempt, firstAttemptMs };
        await this.#options.database.write(() => this.#options.store.updateState(schedule.revision, state));
        return;
      }
      await this.#deadLetter(schedule, invocation, input, error, next);
    }
    await this.#complete(schedule, occurrenceMs);
  }

  /** The occurrence is over: sets the next one, or ends the schedule. */
  async #complete(schedule: Schedule, occurrenceMs: EpochMs): Promise<void> {
    const { definition, revision } = schedule;
    const recurrence = parseScheduleExpression(definition.ScheduleExpression, definition.ScheduleExpressionTimezone);
    const dueMs = nextOccurrence(recurrence, windowOf(definition), occurrenceMs, this.#options.clock.nowMs());
    await this.#options.database.write(() => {
      if (dueMs === undefined && definition.ActionAfterCompletion === 'DELETE') this.#options.store.delete(revision);
      else this.#options.store.updateState(revision, initialState(dueMs));
    });
  }

  async #deadLetter(
    schedule: Schedule,
    invocation: Invocation,
    input: string,
    error: AwsError,
    end: RetryPolicyEnd,
  ): Promise<void> {
    const queueArn = schedule.definition.Target.DeadLetterConfig?.Arn;
    if (queueArn === undefined) {
      report(`${invocation.scheduleArn} gave up after ${invocation.attempt} tries: ${error.message}`);
      return;
    }
    const messageAttributes = deadLetterAttributes(schedule, invocation, error, end);
    try {
      await this.#options.sqs.sendMessage(queueArn, { body: input, messageAttributes });
    } catch (refusal) {
      if (!(refusal instanceof AwsError)) throw refusal;
      report(`${invocation.scheduleArn} gave up, and its dead-letter queue refused the input: ${refusal.message}`);
    }
  }
}

/** The state of a schedule before any try of an occurrence. */
export function initialState(dueMs: EpochMs | undefined) {
  return { dueMs, occurrenceMs: dueMs, failedAttempts: 0, firstAttemptMs: undefined };
}

function report(problem: string): void {
  process.stderr.write(`hawser: local Scheduler: ${problem}\n`);
}
