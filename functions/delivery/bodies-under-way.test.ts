import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { logger } from '../shared/logger.ts';
import { EventStore } from '../stores/events.ts';
import { LineUnderTest } from './line/line.fixture.ts';
import type { DeliveryServices } from './new-delivery-worker.ts';
import { plainDestination } from './worker.fixture.ts';

let services: TestServices;
let line: LineUnderTest;
beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

const paced = { ...NO_PACE, maxConcurrency: 64 };
const BYTES = 1_000;
/** Bodies of this size, each starting with its number. */
const bodies = (count: number, bytes = BYTES) =>
  Array.from({ length: count }, (_, index) => `${index}`.padEnd(bytes, '.'));
const numbersSent = () => line.sent.map((body) => Number.parseInt(body, 10));
const mostUnderWay = () => Math.max(...line.seen.map(({ underWay }) => underWay));

function begin(bodiesUnderWayBytes: number, over: Partial<DeliveryServices> = {}): void {
  line.workers.push(line.instance({ bodiesUnderWayBytes, ...over }));
}

describe('bodies of attempts that are under way', () => {
  it('a line has no more bodies under way than there is room for, and sends all of them', async () => {
    begin(3.5 * BYTES);
    line.pace = paced;
    line.answer = () => ({ statusCode: 200, afterMs: 100 });
    await line.accept(...bodies(20));
    await line.pass(5);
    expect(numbersSent().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(mostUnderWay()).toBe(3);
  });

  it('the bodies of lines and of other messages share the room', async () => {
    begin(3.5 * BYTES);
    line.answer = () => ({ statusCode: 200, afterMs: 100 });
    await line.accept(...bodies(9));
    await line.pass(2);
    expect(line.seen).toHaveLength(9);
    expect(mostUnderWay()).toBe(3);
    line.pace = paced;
    await line.accept(...bodies(9));
    line.pace = NO_PACE;
    await line.accept(...bodies(9));
    await line.pass(5);
    expect(line.seen).toHaveLength(27);
    expect(mostUnderWay()).toBe(3);
  });

  it('a body is fetched from the bucket only once it has room', async () => {
    const fetched = vi.spyOn(EventStore.prototype, 'bodyOf');
    begin(100_000);
    line.pace = paced;
    let ended = 0;
    let most = 0;
    line.answer = () => {
      most = Math.max(most, fetched.mock.calls.length - ended++);
      return { statusCode: 200, afterMs: 100 };
    };
    await line.accept(...Array.from({ length: 9 }, () => randomBytes(20_000).toString('hex')));
    await line.pass(5);
    expect(line.seen).toHaveLength(9);
    expect(mostUnderWay()).toBe(2);
    expect(fetched).toHaveBeenCalledTimes(9);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('a body takes its bytes as many times as its type of destination holds them', async () => {
    let [now, most] = [0, 0];
    const destination: Deliverable = {
      enabled: true,
      circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false },
      retryPolicy: line.retryPolicy,
      pace: paced,
      ...plainDestination,
      bodyCopies: 3,
      attempt: async () => {
        most = Math.max(most, ++now);
        await new Promise<void>((resolve) => services.clock.setTimer(100, resolve));
        now--;
        const response = { statusCode: 200, headers: [], body: Buffer.alloc(0), bodyTruncated: false };
        return { requestHeaders: [], response, verdict: { kind: 'delivered' } };
      },
    };
    begin(6.5 * BYTES, { destination: async () => destination });
    line.pace = paced;
    const jobs = await line.accept(...bodies(8));
    await line.pass(5);
    expect(most).toBe(2);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
  });

  it('a body that a transform has changed takes the room of the result', async () => {
    const apply: DeliveryServices['transforms']['apply'] = async (_, __, { head }) => ({
      kind: 'ready',
      request: { head, body: Buffer.alloc(BYTES, '.') },
    });
    begin(3.5 * BYTES, { transforms: { apply } });
    line.pace = paced;
    line.answer = () => ({ statusCode: 200, afterMs: 100 });
    await line.accept(...bodies(20, 3));
    await line.pass(5);
    expect(line.seen).toHaveLength(20);
    // Bodies that are prepared at the same time may together turn out larger.
    expect(mostUnderWay()).toBeLessThanOrEqual(3 + 4);
  });

  it.each([
    ['a line', paced, 3_000],
    ['a line, and long', paced, 12_000],
    ['messages', NO_PACE, 3_000],
    ['messages, and long', NO_PACE, 12_000],
  ])('are not sent where their delivery was cancelled while they waited for room: of %s', async (_, pace, afterMs) => {
    begin(1.5 * BYTES);
    line.pace = pace;
    line.answer = () => ({ statusCode: 200, afterMs });
    const jobs = await line.accept(...bodies(2));
    await line.pass(1);
    const waiting = jobs[1 - (numbersSent()[0] ?? 0)];
    if (!waiting) throw new Error('none waits');
    const cancelled = { status: 'cancelled', reason: 'by_request' } as const;
    expect(await line.parts.log.recordState(waiting, cancelled, line.nowMs)).toBe(true);
    await line.pass(60);
    expect(line.seen).toHaveLength(1);
    expect(await line.row(waiting)).toMatchObject(cancelled);
  });

  it.each([
    ['a line', paced],
    ['messages', NO_PACE],
  ])(
    'a body that waited for room is sent in the form that its destination asks for by then: of %s',
    async (_, pace) => {
      let version = 1;
      const sent: string[] = [];
      const destination = async (): Promise<Deliverable> => {
        const known = version;
        return {
          enabled: true,
          circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, enabled: false },
          retryPolicy: line.retryPolicy,
          pace,
          ...plainDestination,
          updatedAt: `2026-11-22T00:00:0${known}.000Z`,
          template: { code: `${known}`, variables: {} },
          attempt: async ({ body }) => {
            sent.push(`${known} gets the form of ${Buffer.from(body).toString('latin1', 0, 1)}`);
            await new Promise<void>((resolve) => services.clock.setTimer(3_000, resolve));
            const response = { statusCode: 200, headers: [], body: Buffer.alloc(0), bodyTruncated: false };
            return { requestHeaders: [], response, verdict: { kind: 'delivered' } };
          },
        };
      };
      const apply: DeliveryServices['transforms']['apply'] = async (_, { template }, { head }) => ({
        kind: 'ready',
        request: { head, body: Buffer.alloc(BYTES, template?.code) },
      });
      begin(1.5 * BYTES, { destination, transforms: { apply } });
      line.pace = pace;
      await line.accept(...bodies(2));
      await line.pass(1);
      version = 2;
      await line.pass(30);
      expect(sent).toEqual(['1 gets the form of 1', '2 gets the form of 2']);
    },
  );

  it('a body that is larger than all the room is sent', async () => {
    begin(BYTES / 2);
    line.pace = paced;
    const jobs = await line.accept(...bodies(3));
    await line.pass(2);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
    expect(mostUnderWay()).toBe(1);
  });

  it.each([
    ['of a line', paced],
    ['of messages', NO_PACE],
  ])('a body that waited for room is not sent if its destination was deleted meanwhile: %s', async (_, pace) => {
    begin(1.5 * BYTES);
    line.pace = pace;
    line.answer = () => ({ statusCode: 200, afterMs: 3_000 });
    const jobs = await line.accept(...bodies(2));
    await line.pass(1);
    line.isDeleted = true;
    await line.pass(30);
    expect(line.seen).toHaveLength(1);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded', 'cancelled']));
  });

  it.each([
    ['of a line', paced],
    ['of messages', NO_PACE],
  ])('attempts that hang keep others waiting no longer than attempts may begin: %s', async (_, pace) => {
    const error = vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    begin(1.5 * BYTES);
    line.pace = pace;
    line.answer = (_job, body) => ({ statusCode: 200, afterMs: body.startsWith('0') ? 60_000 : 10 });
    const startedAtMs = line.nowMs;
    await line.accept(...bodies(3));
    await line.pass(59);
    expect(numbersSent()).toEqual([0]);
    await line.pass(100);
    expect(numbersSent().toSorted()).toEqual([0, 1, 2]);
    // A run or a message that had waited all that time would have none left for its own attempt.
    const [, ...others] = line.seen.map(({ atMs }) => atMs - startedAtMs);
    for (const atMs of others) expect(atMs).toBeGreaterThanOrEqual(60_000);
    expect(mostUnderWay()).toBe(1);
    expect(error).not.toHaveBeenCalled();
  });
});
