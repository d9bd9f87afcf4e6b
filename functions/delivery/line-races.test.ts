import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryJob, nextJob } from '../../core/delivery.ts';
import { NO_PACE } from '../../core/pace.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import { resendAll } from '../shared/resends.ts';
import { LineStore } from '../stores/deliveries/lines.ts';
import { LineUnderTest } from './line-under-test.ts';
import { handOver } from './queue-under-test.ts';

let services: TestServices;
let line: LineUnderTest;

beforeEach(async () => {
  services = await startServices();
  line = new LineUnderTest(services, 2);
  line.pace = { ...NO_PACE, ordering: 'fifo' };
  line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [86_400] };
  line.answer = (job, body) => ({ statusCode: body === '0' && job.attempt === 1 ? 500 : 200 });
});
afterEach(() => {
  vi.restoreAllMocks();
  return services.close();
});

/** As the API does it; another instance gets all messages, at this moment. */
async function retryByHand(job: DeliveryJob): Promise<void> {
  const { log: deliveryLog, reader } = line.parts;
  const delivery = (await reader.getMany([job])).get(job.deliveryId);
  if (!delivery) throw new Error('the delivery has no row');
  await resendAll({ deliveryQueue: line.queue, deliveryLog }, [{ delivery, job: nextJob(delivery) }], line.nowMs);
  while ((await handOver(services, line.instance())) > 0);
}

describe('a retry by hand in an ordered line is made at once, and what waits behind it goes on, also when it is asked for', () => {
  it('while the message of an event finds the line asleep', async () => {
    const [first] = await line.accept('0', '1');
    await line.pass(2);
    const { take } = LineStore.prototype;
    vi.spyOn(LineStore.prototype, 'take').mockImplementationOnce(async function (this: LineStore, ...args) {
      const lease = await take.apply(this, args);
      if (first) await retryByHand(first);
      return lease;
    });
    await line.accept('2');
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1', '2']);
  });

  it('before its run looks at the line for the last time', async () => {
    const { look } = LineStore.prototype;
    const [first] = await line.accept('0', '1');
    let isAsked = false;
    vi.spyOn(LineStore.prototype, 'look').mockImplementation(async function (this: LineStore, ...args) {
      if (!isAsked && first && (await line.status(first)) === 'retrying') {
        isAsked = true;
        await retryByHand(first);
      }
      return look.apply(this, args);
    });
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1']);
  });

  it('after that, before the line falls asleep', async () => {
    const { leave } = LineStore.prototype;
    const [first] = await line.accept('0', '1');
    vi.spyOn(LineStore.prototype, 'leave').mockImplementationOnce(async function (this: LineStore, ...args) {
      if (first) await retryByHand(first);
      await leave.apply(this, args);
    });
    await line.pass(10);
    expect(line.sent).toEqual(['0', '0', '1']);
  });
});
