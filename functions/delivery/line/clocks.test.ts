import { expect, it } from 'vitest';
import { NO_PACE } from '../../../core/pace/pace.ts';
import { startServices } from '../../../test/support/services.ts';
import { LineUnderTest } from './line.fixture.ts';

it.each([90, 150, 900])(
  'a line wakes for each retry where every second instance is %i ms ahead of the others',
  async (aheadMs) => {
    const services = await startServices();
    try {
      const line = new LineUnderTest(services, 0);
      line.workers.push(line.instance({ now: () => line.nowMs + aheadMs }), line.instance());
      line.pace = { ...NO_PACE, ordering: 'fifo' };
      line.retryPolicy = { ...line.retryPolicy, intervalsSeconds: [1], maxRetries: 5 };
      line.answer = () => ({ statusCode: 500, afterMs: 20 });
      await line.accept('a');
      await line.pass(14, 100);
      expect(line.sent).toHaveLength(6);
    } finally {
      await services.close();
    }
  },
);
