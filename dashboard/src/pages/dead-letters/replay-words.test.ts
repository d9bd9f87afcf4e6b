import { describe, expect, it } from 'vitest';
import { skippedOf, skipsOf, stateOf } from './replay-words.ts';

describe('of a replay', () => {
  it.each([
    ['running', null, 'running'],
    ['cancelled', null, 'stopped'],
    ['failed', 'destination_archived', 'failed (its destination was archived)'],
    ['failed', 'step_failed', 'failed (Hawser itself failed)'],
  ] as const)('that is %s by %s it is said in words', (status, reason, said) => {
    expect(stateOf({ status, reason })).toBe(said);
  });

  it('it is said how many were skipped by what, and nothing where none was', () => {
    const none = { destination_deleted: 0, destination_archived: 0, event_expired: 0, attempted_since: 0 };
    const skipped = { ...none, event_expired: 2, attempted_since: 1 };
    expect([skippedOf({ skipped: none }), skipsOf({ skipped: none })]).toEqual([0, '']);
    expect(skippedOf({ skipped })).toBe(3);
    expect(skipsOf({ skipped })).toBe(
      '2: its event had expired; 1: somebody else has sent or discarded it since the replay began',
    );
  });
});
