import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
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

describe('a write', () => {
  it('that meets a transaction is made again', async () => {
    const { write } = refusedBy(conflict, cancelled('None', 'TransactionConflict'), conflict);
    expect(await retryingConflicts(write)).toBe('written');
  });

  it('that meets them again and again is given up', async () => {
    const made = refusedBy(...Array.from({ length: 100 }, () => conflict));
    await expect(retryingConflicts(made.write)).rejects.toBe(conflict);
    expect(made.times).toBe(6);
  });

  it.each([
    ['condition', new ConditionalCheckFailedException(common)],
    ['condition, though another row is in a conflict', cancelled('ConditionalCheckFailed', 'TransactionConflict')],
    ['limit', cancelled('None', 'ThrottlingError')],
    ['network', new Error('socket hang up')],
  ])('that fails by its %s is not', async (_, error) => {
    const made = refusedBy(error);
    await expect(retryingConflicts(made.write)).rejects.toBe(error);
    expect(made.times).toBe(1);
  });
});
