import type { Clock, EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import { RunningTime } from '../running-time.ts';
import { ACCOUNT_ID } from '../sqs/account.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { WireService } from '../wire/wire.ts';
import { DueTimer } from './due-timer.ts';
import { Firing, initialState } from './firing.ts';
import { DEFAULT_GROUP, type Schedule, type ScheduleDefinition, windowOf } from './schedule.ts';
import { firstOccurrence, parseScheduleExpression } from './schedule-expression.ts';
import { type ScheduleGroup, ScheduleStore } from './schedule-store.ts';
import { validateTarget } from './sqs-target.ts';
import { schedulerWire } from './wire-operations.ts';

export interface SchedulerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  /** The SQS with the targets and the dead-letter queues. */
  readonly sqs: Sqs;
  /** Pass it if it is shared with other services. */
  readonly runningTime?: RunningTime | undefined;
}

/** How many targets are invoked at once when many schedules are due. */
const MAX_CONCURRENT_INVOCATIONS = 100;

/**
 * The embedded EventBridge Scheduler: one-time and rate schedules that send to SQS queues.
 *
 * Schedules are durable and fire at least once. A schedule that fell due while the process was down fires at the start. One whose
 * target was invoked just before a crash fires again. They fire to the second; AWS only promises the minute. An occurrence of a
 * rate that falls due while an earlier one is being retried is skipped.
 */
export class Scheduler {
  readonly wire: WireService;
  readonly #options: SchedulerOptions;
  readonly #store: ScheduleStore;
  readonly #timer: DueTimer;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#store = new ScheduleStore(options.database);
    const arnOf = ({ groupName, name }: Schedule) => this.arnOf(groupName, name);
    const { runningTime = new RunningTime(options.database, options.clock) } = options;
    const firing = new Firing({ ...options, runningTime, store: this.#store, arnOf });
    this.#timer = new DueTimer(options.clock, {
      nextDueMs: () => this.#store.nextDueMs(),
      run: (nowMs) => this.#fireDue(firing, nowMs),
    });
    this.ensureScheduleGroup({ name: DEFAULT_GROUP });
    this.wire = schedulerWire(this);
  }

  /** Starts firing schedules, beginning with those that were missed. */
  start(): void {
    this.#timer.start();
  }

  /** Stops firing. Resolves when schedules that are being fired are done. */
  stop(): Promise<void> {
    return this.#timer.stop();
  }

  /** Creates the group unless it exists. */
  ensureScheduleGroup({ name }: { name: string }): { arn: string } {
    if (!this.#store.group(name)) this.#store.addGroup({ name, createdMs: this.#options.clock.nowMs() });
    return { arn: this.groupArn(name) };
  }

  /** @throws ResourceNotFoundException */
  group(name: string): ScheduleGroup {
    const group = this.#store.group(name);
    if (!group) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  }

  groups(): ScheduleGroup[] {
    return this.#store.groups();
  }

  /**
   * Stores a new schedule. If the same request is repeated with the same token, it succeeds and changes nothing.
   * @throws ConflictException for another schedule of that name
   */
  async createSchedule(
    groupName: string,
    name: string,
    definition: ScheduleDefinition,
    clientToken: string | undefined,
  ): Promise<{ arn: string }> {
    this.group(groupName);
    const dueMs = this.#firstDue(definition);
    await this.#options.database.write(() => {
      const existing = this.#store.find(groupName, name);
      if (existing) {
        if (isRepeated(existing, definition, clientToken)) return;
        throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
      }
      const nowMs = this.#options.clock.nowMs();
      this.#store.put({
        ...initialState(dueMs),
        groupName,
        name,
        definition,
        clientToken,
        createdMs: nowMs,
        modifiedMs: nowMs,
      });
    });
    this.#timer.dueAt(dueMs);
    return { arn: this.arnOf(groupName, name) };
  }

  /** Replaces the whole schedule: what is left out gets its default. @throws ResourceNotFoundException */
  async updateSchedule(
    groupName: string,
    name: string,
    definition: ScheduleDefinition,
    clientToken: string | undefined,
  ): Promise<{ arn: string }> {
    const dueMs = this.#firstDue(definition);
    await this.#options.database.write(() => {
      const { createdMs } = this.schedule(groupName, name);
      const modifiedMs = this.#options.clock.nowMs();
      this.#store.put({ ...initialState(dueMs), groupName, name, definition, clientToken, createdMs, modifiedMs });
    });
    this.#timer.dueAt(dueMs);
    return { arn: this.arnOf(groupName, name) };
  }

  /** @throws ResourceNotFoundException */
  async deleteSchedule(groupName: string, name: string): Promise<void> {
    await this.#options.database.write(() => this.#store.delete(this.schedule(groupName, name).revision));
  }

  /** @throws ResourceNotFoundException */
  schedule(groupName: string, name: string): Schedule {
    const schedule = this.#store.find(groupName, name);
    if (!schedule) throw notFound(`Schedule ${name} does not exist.`);
    return schedule;
  }

  /** A page of the schedules of one group or of all, beginning after a given schedule. */
  schedules(groupName: string | undefined, after: readonly [string, string], limit: number): Schedule[] {
    return this.#store.list(groupName, after, limit);
  }

  arnOf(groupName: string, name: string): string {
    return `arn:aws:scheduler:${this.#options.region}:${ACCOUNT_ID}:schedule/${groupName}/${name}`;
  }

  groupArn(name: string): string {
    return `arn:aws:scheduler:${this.#options.region}:${ACCOUNT_ID}:schedule-group/${name}`;
  }

  #firstDue(definition: ScheduleDefinition): EpochMs | undefined {
    if (definition.FlexibleTimeWindow.Mode !== 'OFF') throw notImplemented('Scheduler', 'a flexible time window');
    const recurrence = parseScheduleExpression(definition.ScheduleExpression, definition.ScheduleExpressionTimezone);
    validateTarget(definition.Target);
    if (definition.State === 'DISABLED') return undefined;
    return firstOccurrence(recurrence, windowOf(definition), this.#options.clock.nowMs());
  }

  /** Fires what is due in rounds. After each round its schedules have a later due time, or none. */
  async #fireDue(firing: Firing, nowMs: EpochMs): Promise<void> {
    for (;;) {
      const due = this.#store.due(nowMs, MAX_CONCURRENT_INVOCATIONS);
      if (due.length === 0 || this.#timer.isStopped) return;
      await Promise.all(due.map((schedule) => firing.fire(schedule)));
    }
  }
}

function isRepeated(existing: Schedule, definition: ScheduleDefinition, clientToken: string | undefined): boolean {
  return (
    clientToken !== undefined &&
    existing.clientToken === clientToken &&
    JSON.stringify(existing.definition) === JSON.stringify(definition)
  );
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, 404);
}
