import { expect, it } from 'vitest';
import { deliveryIdOf, newEventId, newId } from '../../../core/ids.ts';
import { hasNoRow, pendingDelivery, withState } from './delivery-row.ts';

const ends = {
  id: newId('con'),
  organizationId: newId('org'),
  sourceId: newId('src'),
  destinationId: newId('dst'),
};
const pending = pendingDelivery(deliveryIdOf(newEventId(ends.sourceId, 1), ends.id), ends);

it('a changed state replaces everything that belonged to the previous one, including the text of its reason', () => {
  const end = { status: 'dead', reason: 'transform_failed', reasonMessage: 'no customer' } as const;
  const dead = withState({ ...pending, status: 'retrying', nextAttemptAtMs: 1 }, end);
  expect(dead).toEqual({ ...pending, ...end });
  expect(withState(dead, { status: 'pending' })).toEqual(pending);
});

it('a delivery has no row until it is recorded', () => {
  expect(hasNoRow(pending)).toBe(true);
  expect(hasNoRow({ ...pending, recordedAtMs: 1 })).toBe(false);
  expect(hasNoRow({ ...pending, status: 'retrying', nextAttemptAtMs: 1 })).toBe(false);
});
