import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { Sqs } from '../sqs/sqs.ts';
import { definitionSchema } from './schedule.ts';
import { Scheduler } from './scheduler.ts';

const RoleArn = 'arn:aws:iam::000000000000:role/scheduler';
let folder: string;
let clock: ManualClock;
let stop: () => Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-scheduler-'));
  clock = new ManualClock();
  stop = async () => {};
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the data folder like a new process, after stopping the one before. */
async function open() {
  await stop();
  const database = new Database(join(folder, 'hawser.db'));
  const common = { database, clock, region: 'us-east-1' };
  const sqs = new Sqs({ ...common, endpointUrl: 'http://127.0.0.1:4101' });
  const { queueArn } = sqs.ensureQueue({ name: 'q', attributes: {} });
  const scheduler = new Scheduler({ ...common, sqs });
  scheduler.start();
  stop = async () => {
    await scheduler.stop();
    database.close();
  };
  /** Takes all messages out of the queue and returns their bodies. */
  const received = async () => {
    const messages = await sqs.receiveMessages(queueArn, { maxMessages: 100, waitTimeMs: 0 });
    const handles = messages.map(({ receiptHandle }) => receiptHandle);
    await sqs.deleteMessages(queueArn, handles);
    return messages.map(({ body }) => body);
  };
  return { scheduler, database, sqs, queueArn, received };
}

function definition(queueArn: string, expression: string, input = 'x') {
  return definitionSchema.parse({
    ScheduleExpression: expression,
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: queueArn, RoleArn, Input: input },
  });
}

describe('after a restart', () => {
  it('missed schedules fire at once, the others at their time', async () => {
    const first = await open();
    await first.scheduler.createSchedule(
      'default',
      'a',
      definition(first.queueArn, 'at(2026-01-01T01:00:00)', 'a'),
      undefined,
    );
    await first.scheduler.createSchedule(
      'default',
      'b',
      definition(first.queueArn, 'at(2026-01-05T00:00:00)', 'b'),
      undefined,
    );
    await stop();
    stop = async () => {};
    await clock.advance(3 * 86_400_000);
    const second = await open();
    await clock.advance(0);
    expect(await second.received()).toEqual(['a']);
    await clock.advance(86_400_000);
    expect(await second.received()).toEqual(['b']);
  });

  it('a rate fires once for all missed times, then at its next time', async () => {
    const first = await open();
    await first.scheduler.createSchedule('default', 'r', definition(first.queueArn, 'rate(1 hour)'), undefined);
    await clock.advance(0);
    expect(await first.received()).toEqual(['x']);
    await stop();
    stop = async () => {};
    await clock.advance(5.5 * 3600_000);
    const second = await open();
    await clock.advance(0);
    expect(await second.received()).toEqual(['x']);
    await clock.advance(1799_000);
    expect(await second.received()).toEqual([]);
    await clock.advance(1000);
    expect(await second.received()).toEqual(['x']);
  });

  it('the retries of a failing target continue where they were', async () => {
    const first = await open();
    const missing = first.queueArn.replace(/q$/, 'later');
    await first.scheduler.createSchedule('default', 'f', definition(missing, 'at(2026-01-01T00:00:10)'), undefined);
    await clock.advance(13_500);
    expect(first.scheduler.schedule('default', 'f')).toMatchObject({ failedAttempts: 3 });
    const second = await open();
    const { queueArn } = second.sqs.ensureQueue({ name: 'later', attributes: {} });
    await clock.advance(5000);
    expect(await second.sqs.receiveMessages(queueArn, { maxMessages: 1, waitTimeMs: 0 })).toHaveLength(1);
  });

  it('an event does not age while nothing runs', async () => {
    const first = await open();
    const missing = first.queueArn.replace(/q$/, 'later');
    await first.scheduler.createSchedule('default', 'f', definition(missing, 'at(2026-01-01T00:00:10)'), undefined);
    await clock.advance(13_500);
    await stop();
    stop = async () => {};
    // The event of a schedule is given up after 24 hours.
    await clock.advance(72 * 3600_000);
    const second = await open();
    await clock.advance(0);
    const { queueArn } = second.sqs.ensureQueue({ name: 'later', attributes: {} });
    await clock.advance(8000);
    expect(await second.sqs.receiveMessages(queueArn, { maxMessages: 1, waitTimeMs: 0 })).toHaveLength(1);
  });

  it('groups survive', async () => {
    const { arn } = (await open()).scheduler.ensureScheduleGroup({ name: 'g' });
    expect((await open()).scheduler.ensureScheduleGroup({ name: 'g' })).toEqual({ arn });
  });
});

describe('the timer', () => {
  it('there is one timer, for the earliest schedule', async () => {
    const { scheduler, queueArn } = await open();
    const start = clock.nowMs();
    for (const minute of ['30', '20', '10', '40']) {
      await scheduler.createSchedule(
        'default',
        minute,
        definition(queueArn, `at(2026-01-01T00:${minute}:00)`),
        undefined,
      );
    }
    expect(clock.nextDueMs()).toBe(start + 10 * 60_000);
    await scheduler.deleteSchedule('default', '10');
    await clock.advance(10 * 60_000);
    expect(clock.nextDueMs()).toBe(start + 20 * 60_000);
  });

  it('the timer keeps going after the database failed', async () => {
    const { scheduler, database, queueArn, received } = await open();
    await scheduler.createSchedule('default', 's', definition(queueArn, 'at(2026-01-01T00:01:00)'), undefined);
    vi.spyOn(database, 'write').mockRejectedValueOnce(new Error('disk full'));
    const reported = vi.spyOn(process.stderr, 'write').mockReturnValueOnce(true);
    await clock.advance(60_000);
    expect(await received()).toEqual([]);
    expect(reported).toHaveBeenCalledWith(expect.stringContaining('disk full'));
    await clock.advance(1000);
    expect(await received()).toEqual(['x']);
  });

  it('a schedule changed while it fired is left alone', async () => {
    const { scheduler, sqs, queueArn, received } = await open();
    await scheduler.createSchedule('default', 's', definition(queueArn, 'at(2026-01-01T00:01:00)'), undefined);
    const send = sqs.sendMessage.bind(sqs);
    vi.spyOn(sqs, 'sendMessage').mockImplementationOnce(async (arn, message) => {
      const later = definition(queueArn, 'at(2026-01-01T00:02:00)', 'y');
      await scheduler.updateSchedule('default', 's', later, undefined);
      return send(arn, message);
    });
    await clock.advance(60_000);
    expect(await received()).toEqual(['x']);
    await clock.advance(60_000);
    expect(await received()).toEqual(['y']);
  });
});
