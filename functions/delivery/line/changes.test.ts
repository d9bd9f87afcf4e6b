import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../../core/circuit/circuit.ts';
import { NO_PACE, type Pace } from '../../../core/pace/pace.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, maxConcurrency: 2 };
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
/** What the management API sends after a change that frees what waits. */
const release = () => line.queue.send({ destinationId: line.destinationId, atMs: line.nowMs });
const call = () => line.queue.send({ kind: 'line', destinationId: line.destinationId });

describe('a line', () => {
  it('a line whose circuit opens stands, sends one probe at a time, and goes on when one succeeds', async () => {
    line.circuitBreaker = DEFAULT_CIRCUIT_BREAKER;
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'n' } }, maxConcurrency: 2 };
    line.retryPolicy = { ...line.retryPolicy, backoff: 'fixed', intervalsSeconds: [10] };
    let isUp = false;
    line.answer = () => ({ statusCode: isUp ? 200 : 503, afterMs: 10 });
    const jobs = await line.accept(...numbers(30).map((n) => JSON.stringify({ n })));
    await line.pass(50, 500);
    const tried = line.seen.length;
    expect(tried).toBeGreaterThanOrEqual(5);
    expect(tried).toBeLessThanOrEqual(6);
    await line.pass(25, 500);
    expect(line.seen).toHaveLength(tried + 1);
    isUp = true;
    await line.pass(200, 500);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(await line.waiting()).toBe(0);
  });

  /** The first event is refused by a healthy receiver, and opens the circuit. @returns what was sent, in order */
  async function sentAfterRefusal(pace: Pace): Promise<string[]> {
    line.circuitBreaker = { enabled: true, failureThreshold: 3, cooldownSeconds: 3 };
    line.retryPolicy = { ...line.retryPolicy, maxRetries: 4, backoff: 'fixed', intervalsSeconds: [1] };
    line.pace = pace;
    line.answer = (_, body) => ({ statusCode: body === 'refused' ? 400 : 200 });
    await line.accept('refused');
    await line.pass(3, 500);
    const jobs = await line.accept('1', '2');
    await line.pass(60, 500);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    return line.sent;
  }

  it('an ordered line probes with the first in it until that is dead, because all behind it must wait', async () => {
    const refused = Array<string>(5).fill('refused');
    expect(await sentAfterRefusal({ ...NO_PACE, ordering: 'fifo' })).toEqual([...refused, '1', '2']);
  });

  it('a line without an order probes with others once a refused one has failed as the probe', async () => {
    const sent = await sentAfterRefusal({ ...NO_PACE, maxConcurrency: 1 });
    expect(sent.indexOf('1')).toBeLessThanOrEqual(4);
  });

  it('a line of a disabled destination stands, at no cost while nothing comes, and goes on when it is enabled', async () => {
    line.enabled = false;
    const jobs = await line.accept(...numbers(20));
    await line.pass(3_600, 60_000);
    expect(line.seen).toEqual([]);
    line.enabled = true;
    await release();
    await line.pass(2);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
  });

  it('a line of a destination that is disabled while deliveries wait for their slots sends none of them', async () => {
    line.pace = { ...NO_PACE, rateLimit: { limit: 1, period: 'second' } };
    await line.accept(...numbers(5));
    await line.pass(1.5, 500);
    expect(line.sent).toEqual(['0', '1']);
    line.enabled = false;
    await line.pass(10, 500);
    expect(line.sent).toEqual(['0', '1']);
  });

  it.each([
    ['archived', () => ({ archivedAt: new Date(line.nowMs).toISOString() })],
    ['deleted', () => ({ isDeleted: true })],
  ])('a line of a destination that is %s is cancelled, and not sent', async (_, change) => {
    line.enabled = false;
    const jobs = await line.accept(...numbers(20));
    await line.pass(1);
    Object.assign(line, change());
    await release();
    await line.pass(2);
    expect(line.seen).toEqual([]);
    expect(await line.statuses(jobs)).toEqual(new Set(['cancelled']));
    expect(await line.waiting()).toBe(0);
  });

  it('a line whose destination has no pace any more is worked off', async () => {
    line.enabled = false;
    const jobs = await line.accept(...numbers(5));
    await line.pass(1);
    line.pace = NO_PACE;
    line.enabled = true;
    await release();
    await line.pass(2);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
  });

  it('a line whose order was given up keeps the retries that waited in it', async () => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.answer = (job) => ({ statusCode: job.attempt === 1 ? 500 : 200 });
    const jobs = await line.accept('0', '1');
    await line.pass(1);
    expect(line.sent).toEqual(['0']);
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    await line.pass(120, 1_000);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(line.sent.toSorted()).toEqual(['0', '0', '1', '1']);
  });

  it('a line whose order was given up lets go what waited behind a retry', async () => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [86_400] };
    line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
    const jobs = await line.accept('0', '1');
    await line.pass(1);
    expect(line.sent).toEqual(['0']);
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    await release();
    await line.accept('2');
    await line.pass(10);
    expect(line.sent).toEqual(['0', '1', '2']);
    await line.pass(87_000, 300_000);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(line.sent).toEqual(['0', '1', '2', '0']);
    expect(await line.waiting()).toBe(0);
  });

  it('a line whose rate limit was raised does not wait for the slot that it had', async () => {
    line.pace = { ...NO_PACE, rateLimit: { limit: 1, period: 'hour' } };
    await line.accept('0', '1', '2');
    await line.pass(10);
    expect(line.sent).toEqual(['0']);
    line.pace = { ...NO_PACE, rateLimit: { limit: 1, period: 'second' } };
    await release();
    await line.pass(2.5, 500);
    expect(line.sent).toEqual(['0', '1', '2']);
  });

  it('a line is worked off once more for what came as it was being left', async () => {
    const { simulators, deliveryQueue } = services;
    const release = vi.spyOn(LineStore.prototype, 'release');
    release.mockImplementationOnce(async (...args) => {
      await line.accept('1');
      const messages = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 10, waitTimeMs: 0 });
      const handles = messages.map(({ receiptHandle }) => receiptHandle);
      await simulators.sqs.deleteMessages(deliveryQueue.queueArn, handles);
      expect(await line.lines.take(line.destinationId, line.nowMs)).toBeUndefined();
      await line.lines.release(...args);
    });
    await line.accept('0');
    await line.pass(2);
    expect(line.sent).toEqual(['0', '1']);
  });

  it('a line takes what was in the queue when the pace was set', async () => {
    line.pace = NO_PACE;
    const jobs = await line.accept(...numbers(25));
    line.pace = { ...NO_PACE, maxConcurrency: 2 };
    line.answer = () => ({ statusCode: 200, afterMs: 50 });
    await line.pass(5, 100);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(Math.max(...line.seen.map(({ underWay }) => underWay))).toBe(2);
  });
});

describe('the cost of a line', () => {
  /** Counts calls of DynamoDB from now on, by name. */
  function calls(): Map<string, number> {
    const counted = new Map<string, number>();
    services.clients.dynamodb.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          counted.set(commandName, (counted.get(commandName) ?? 0) + 1);
          return next(args);
        },
      { step: 'initialize' },
    );
    return counted;
  }

  it('a destination without a pace costs no write for its line', async () => {
    line.pace = NO_PACE;
    await line.accept('0');
    await line.pass(1);
    const counted = calls();
    await call();
    await line.pass(1);
    expect(Object.fromEntries(counted)).toEqual({ QueryCommand: 1 });
  });

  it('what comes while a line waits for a retry costs one update', async () => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    line.answer = () => ({ statusCode: 500 });
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [7_200] };
    await line.accept('0');
    await line.pass(1);
    await line.accept('1');
    const counted = calls();
    await line.pass(10);
    expect(Object.fromEntries(counted)).toEqual({ UpdateItemCommand: 1 });
    expect(line.sent).toEqual(['0']);
  });

  it('a hundred deliveries that wait are one row of less than 6 KB', async () => {
    line.enabled = false;
    await line.accept(...numbers(100));
    const { Items = [] } = await services.clients.dynamodb.send(
      new QueryCommand({
        TableName: resourceNames.deliveries,
        KeyConditionExpression: 'destination_id = :line',
        ExpressionAttributeValues: { ':line': { S: `${line.destinationId}#line` } },
      }),
    );
    expect(Items.map(({ waiting }) => waiting?.B?.byteLength)).toEqual([expect.any(Number)]);
    expect(Items[0]?.waiting?.B?.byteLength).toBeLessThan(6 * 1024);
  });
});
