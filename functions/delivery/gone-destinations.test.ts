import { describe, expect, it } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { newEventId, newId } from '../../core/ids.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { disableIfGone } from './gone-destinations.ts';

const event = { id: newEventId(newId('src'), Date.now()), sourceId: newId('src'), organizationId: newId('org') };
const job = firstJob(event, { id: newId('con'), destinationId: newId('dst') });
const gone = { kind: 'failed', failure: 'gone', statusCode: 410, retryAfterSeconds: 0 } as const;

const failing = async () => {
  throw new Error('throttled');
};

/** How soon the retry of a delivery that was answered 410 may be due, in seconds. */
async function earliest(
  disable: () => Promise<boolean>,
  destination: () => Promise<Deliverable | undefined> = failing,
  announce: () => Promise<void> = async () => {},
): Promise<number> {
  const options = { disable, destination, announce, forgetDestination: () => {} };
  const heeded = await disableIfGone(options, job, gone, '2026-11-27T00:00:00.000Z');
  return heeded.kind === 'failed' ? heeded.retryAfterSeconds : Number.NaN;
}

describe('the retry of a delivery that was answered 410', () => {
  it('the retry waits until all instances know that the destination is disabled', async () => {
    expect(await earliest(async () => true)).toBe(6);
    expect(
      await earliest(
        async () => false,
        async () => ({ enabled: false }) as Deliverable,
      ),
    ).toBe(6);
  });

  it('the retry does not wait if the destination was changed meanwhile, and is enabled', async () => {
    expect(
      await earliest(
        async () => false,
        async () => ({ enabled: true }) as Deliverable,
      ),
    ).toBe(0);
  });

  it('the retry does not wait if disabling failed, because the next attempt gets the same answer', async () => {
    expect(await earliest(failing)).toBe(0);
  });

  it('the retry waits if only reading or announcing the disabled destination failed', async () => {
    expect(await earliest(async () => false)).toBe(6);
    expect(await earliest(async () => true, failing, failing)).toBe(6);
  });
});
