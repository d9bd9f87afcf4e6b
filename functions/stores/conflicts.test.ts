import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { retryingConflicts } from './conflicts.ts';

const common = { message: 'refused', $metadata: {} };
const conflict = new TransactionConflictException(common);
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ ...common, CancellationReasons: codes.map((Code) => ({ Code })) });

/** A write that is refused in these ways, one after the other, and how often it was made. */
function refusedBy(...errors: Error[]) {
  const write = async () => {
    made.times++;
    const error = errors.shift();
    if (error) throw error;
    return 'written';
  };
  const made = { times: 0, write };
  return made;
}

/** A clock that only pauses advance. */
function pausing(random: () => number) {
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  return { pauses, pause, random, now: () => pauses.reduce((sum, ms) => sum + ms, 0) };
}

const throttles = [cancelled('ThrottlingError', 'None'), cancelled('None', 'ProvisionedThroughputExceeded')] as const;

describe('a write', () => {
  it('a write that conflicts with a transaction is retried', async () => {
    const { write } = refusedBy(conflict, cancelled('None', 'TransactionConflict'), conflict);
    expect(await retryingConflicts(write)).toBe('written');
  });

  it('a write that keeps hitting conflicts is given up', async () => {
    const made = refusedBy(...Array.from({ length: 100 }, () => conflict));
    await expect(retryingConflicts(made.write)).rejects.toBe(conflict);
    expect(made.times).toBe(6);
  });

  it.each([
    ['condition', new ConditionalCheckFailedException(common)],
    ['condition, though another row is in a conflict', cancelled('ConditionalCheckFailed', 'TransactionConflict')],
    ['condition, though another row is throttled', cancelled('ThrottlingError', 'ConditionalCheckFailed')],
    ['size', cancelled('None', 'ItemCollectionSizeLimitExceeded')],
    ['values', cancelled('ValidationError', 'None')],
    ['network', new Error('socket hang up')],
  ])('a write that fails by its %s is not retried', async (_, error) => {
    const made = refusedBy(error);
    await expect(retryingConflicts(made.write)).rejects.toBe(error);
    expect(made.times).toBe(1);
  });
});

describe('a write that is throttled', () => {
  it.each([
    ['ProvisionedThroughputExceededException', new ProvisionedThroughputExceededException(common)],
    ['RequestLimitExceeded', new RequestLimitExceeded(common)],
    ['ThrottlingException', new ThrottlingException(common)],
  ])('a write that fails with %s is made again after the pauses of a throttle', async (_, throttle) => {
    const { write } = refusedBy(throttle, throttle);
    const time = pausing(() => 0.5);
    expect(await retryingConflicts(write, time)).toBe('written');
    expect(time.pauses).toEqual([100, 200]);
  });

  it('a throttled transaction is retried after growing random pauses', async () => {
    const { write } = refusedBy(...throttles, ...throttles, ...throttles);
    const time = pausing(() => 0.5);
    expect(await retryingConflicts(write, time)).toBe('written');
    expect(time.pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it.each([
    ['long', 0.999],
    ['short', 0],
  ])(
    'a throttled transaction is given up before its function runs out of time, with the pauses as %s as possible',
    async (_, random) => {
      const made = refusedBy(...Array.from({ length: 100 }, () => throttles[0]));
      const time = pausing(() => random);
      await expect(retryingConflicts(made.write, time)).rejects.toBe(throttles[0]);
      expect(time.now()).toBeLessThanOrEqual(5_000);
      expect(made.times).toBeGreaterThan(4);
      expect(made.times).toBeLessThan(20);
    },
  );

  it('a throttled transaction is given up in time even if each try takes long', async () => {
    const made = refusedBy(...Array.from({ length: 100 }, () => throttles[1]));
    const { pauses, ...time } = pausing(() => 0.5);
    const now = () => time.now() + made.times * 2_000;
    await expect(retryingConflicts(made.write, { ...time, now })).rejects.toBe(throttles[1]);
    expect(made.times).toBe(3);
    expect(pauses).toEqual([100, 200]);
  });

  it('a conflict after many throttles is retried', async () => {
    const { write } = refusedBy(...Array.from({ length: 8 }, () => throttles[0]), cancelled('TransactionConflict'));
    expect(
      await retryingConflicts(
        write,
        pausing(() => 0.1),
      ),
    ).toBe('written');
  });

  it('a transaction waits for an earlier try of its own that is still under way', async () => {
    const { write } = refusedBy(new TransactionInProgressException(common), new TransactionInProgressException(common));
    expect(
      await retryingConflicts(
        write,
        pausing(() => 0.5),
      ),
    ).toBe('written');
  });
});
