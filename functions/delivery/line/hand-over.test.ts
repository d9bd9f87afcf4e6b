import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_PACE } from '../../../core/pace/pace.ts';
import { startServices, type TestServices } from '../../../test/support/services.ts';
import { LineStore } from '../../stores/deliveries/lines.ts';
import { handOver } from '../queue.fixture.ts';
import { LineUnderTest } from './line.fixture.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

/**
 * The next message comes while the run that sent it has not left the line yet, because that call is slow, or throttled once.
 */
function slowRelease() {
  const { release } = LineStore.prototype;
  return vi.spyOn(LineStore.prototype, 'release').mockImplementationOnce(async function (this: LineStore, ...args) {
    while ((await handOver(services, line.instance())) > 0);
    await release.apply(this, args);
  });
}

describe('a line whose next message comes before its run has left it', () => {
  it('the line goes on when the run is out of time', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 1 };
    line.answer = () => ({ statusCode: 200, afterMs: 3_000 });
    slowRelease();
    await line.accept(...Array.from({ length: 10 }, (_, index) => String(index)));
    await line.pass(3_600, 10_000);
    expect(await line.waiting()).toBe(0);
    expect(line.sent).toHaveLength(10);
  });

  it('the line goes on when the run ends later than what it waits for', async () => {
    line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'key' } } };
    line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [1] };
    line.answer = (job, body) => {
      if (body.includes('slow')) return { statusCode: 200, afterMs: 10_000 };
      return { statusCode: job.attempt === 1 ? 500 : 200 };
    };
    slowRelease();
    const jobs = await line.accept('{"key":0}', '{"key":"slow"}');
    await line.pass(3_600, 10_000);
    expect(await line.waiting()).toBe(0);
    expect(await line.statuses(jobs)).toEqual(new Set(['succeeded']));
  });
});

it.each([20, 150])('a line is worked off once each second, though its messages come %i ms apart', async (apartMs) => {
  line.pace = { ...NO_PACE, ordering: 'fifo' };
  line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [1], maxRetries: 10 };
  line.answer = () => ({ statusCode: 500, afterMs: 20 });
  line.apartMs = apartMs;
  const takes = vi.spyOn(LineStore.prototype, 'take');
  await line.accept('0', '1', '2');
  await line.pass(8, 10);
  expect(takes.mock.calls.length).toBeLessThan(20);
  expect(line.sent.length).toBeGreaterThan(6);
});

it('the messages of a line with a retry each second do not multiply with its events', async () => {
  line.pace = { ...NO_PACE, ordering: { fifoBy: { body: 'key' } } };
  line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [1] };
  line.answer = (job) => ({ statusCode: job.attempt === 1 ? 500 : 200, afterMs: 20 });
  line.apartMs = 37;
  const takes = vi.spyOn(LineStore.prototype, 'take');
  for (let event = 0; event < 24; event++) {
    await line.accept(`{"key":${event % 5}}`);
    await line.pass(0.5, 50);
  }
  expect(line.sent.length).toBeGreaterThan(40);
  expect(takes.mock.calls.length).toBeLessThan(90);
});
