import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, hang, Receiver } from '../../test/support/receiver.ts';
import { FakeHawser, listenerOf } from './hawser.fixture.ts';

let hawser: FakeHawser;
let program: Receiver;

beforeEach(async () => {
  [hawser, program] = await Promise.all([FakeHawser.start(), Receiver.start()]);
});
afterEach(async () => {
  await Promise.all([hawser.stop(), program.stop()]);
});

const connected = (count: number) => hawser.until(() => hawser.sockets.length === count);
const programHas = (count: number) => program.until(({ length }) => length === count);

/** The program answers when the test says so. */
function finishable(): () => void {
  const finish = Promise.withResolvers<void>();
  program.behave = (...args) => void finish.promise.then(() => answer(202)(...args));
  return finish.resolve;
}

const outcomes = (printed: readonly Record<string, unknown>[]) =>
  printed
    .filter(({ type }) => type === 'event')
    .map(({ event_id, status_code, error_code }) => [event_id, status_code ?? error_code]);

describe('a listener told to stop', () => {
  it('an event that arrives after the stop is not handed on, and is reported as NOT_HANDED_ON', async () => {
    const { listener, printed } = listenerOf(hawser, program.url);
    const running = listener.run();
    await connected(1);
    const finish = finishable();
    hawser.send('evt_1');
    await programHas(1);
    listener.stop();
    hawser.send('evt_2');
    await expect.poll(() => outcomes(printed), { timeout: 20_000 }).toEqual([['evt_2', 'NOT_HANDED_ON']]);
    finish();
    await running;
    expect(outcomes(printed)).toEqual([
      ['evt_2', 'NOT_HANDED_ON'],
      ['evt_1', 202],
    ]);
    expect(program.received).toHaveLength(1);
    // No result for evt_2: another listener of the same name may have passed it on, and then its result must count.
    expect(hawser.results()).toEqual([{ over: 0, eventId: 'evt_1', status: 202 }]);
  });

  it('events queued at the stop are not handed on, and those in progress are waited for', async () => {
    const { listener, printed } = listenerOf(hawser, program.url, { awaitsAnswers: false });
    const running = listener.run();
    await connected(1);
    const finish = finishable();
    for (let count = 1; count <= 12; count++) hawser.send(`evt_${count}`);
    await programHas(10);
    listener.stop();
    finish();
    await running;
    expect(program.received).toHaveLength(10);
    expect(outcomes(printed).slice(0, 2)).toEqual([
      ['evt_11', 'NOT_HANDED_ON'],
      ['evt_12', 'NOT_HANDED_ON'],
    ]);
    // Hawser counts it as delivered.
    expect(printed.find(({ event_id }) => event_id === 'evt_11')?.error_message).toContain('hawser replay evt_11');
  });

  it('the stop aborts requests that Hawser does not answer', async () => {
    const asked = { ticket: Promise.withResolvers<AbortSignal>(), isEnabled: Promise.withResolvers<AbortSignal>() };
    const never = (of: keyof typeof asked) => (signal: AbortSignal) => {
      asked[of].resolve(signal);
      return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const session = { ticket: never('ticket'), isEnabled: never('isEnabled') };
    const { listener } = listenerOf(hawser, program.url, { pingMs: 1, session });
    const running = listener.run();
    const signals = await Promise.all([asked.ticket.promise, asked.isEnabled.promise]);
    listener.stop();
    expect(await running).toBeUndefined();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('an event still in progress after the grace period is reported as CUT_OFF', async () => {
    const { listener, printed } = listenerOf(hawser, program.url, { graceMs: 1 });
    const running = listener.run();
    await connected(1);
    program.behave = hang;
    hawser.send('evt_1');
    await programHas(1);
    listener.stop();
    await running;
    expect(outcomes(printed)).toEqual([['evt_1', 'CUT_OFF']]);
    expect(hawser.results()).toEqual([]);
  });

  it('cutting off after a stop reports an event in progress once', async () => {
    const { listener, printed } = listenerOf(hawser, program.url);
    const running = listener.run();
    await connected(1);
    program.behave = hang;
    hawser.send('evt_1');
    await programHas(1);
    listener.stop();
    listener.cut();
    expect(outcomes(printed)).toEqual([['evt_1', 'CUT_OFF']]);
    await running;
    expect(outcomes(printed)).toHaveLength(1);
  });
});
