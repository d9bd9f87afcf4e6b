import { describe, expect, it } from 'vitest';
import { countSkipped, describeSkips, describeState } from './describe-replay.ts';

describe('a replay in words', () => {
  it.each([
    ['running', null, 'running'],
    ['cancelled', null, 'stopped'],
    ['failed', 'destination_archived', 'failed (its destination was archived)'],
    ['failed', 'step_failed', 'failed (Hawser itself failed)'],
  ] as const)('the state %s with the reason %s is shown as %s', (status, reason, said) => {
    expect(describeState({ status, reason })).toBe(said);
  });

  it('skipped deliveries are counted by reason, and nothing is shown if there were none', () => {
    const none = { destination_deleted: 0, destination_archived: 0, event_expired: 0, attempted_since: 0 };
    const skipped = { ...none, event_expired: 2, attempted_since: 1 };
    expect([countSkipped({ skipped: none }), describeSkips({ skipped: none })]).toEqual([0, '']);
    expect(countSkipped({ skipped })).toBe(3);
    expect(describeSkips({ skipped })).toBe(
      '2: its event had expired; 1: somebody else has sent or discarded it since the replay began',
    );
  });
});
