import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryIdOf, newEventId, newId } from '../ids.ts';
import { probeAmong } from './probe-choice.ts';

const [sourceId, connectionId] = [newId('src'), newId('con')];
const held = (...attempts: readonly number[]) =>
  attempts.map((attemptCount, age) => ({
    id: deliveryIdOf(newEventId(sourceId, Date.UTC(2026, 10, 22) + age), connectionId),
    attemptCount,
  }));

describe('the choice of a probe', () => {
  it('the probe is the held delivery with the fewest attempts, and the oldest of these', () => {
    const all = held(3, 1, 0, 0);
    expect(probeAmong(all, undefined)).toBe(all[2]);
  });

  it('a delivery is not the probe twice in a row if there is another', () => {
    const [one, other] = held(0, 9);
    if (!one || !other) throw new Error('nothing is held');
    expect(probeAmong([one, other], one.id)).toBe(other);
    expect(probeAmong([one], one.id)).toBe(one);
    expect(probeAmong([], one.id)).toBeUndefined();
  });

  it('every held delivery is a probe eventually, even if all probes fail', () => {
    const comesToEach = (attempts: readonly number[]) => {
      let rows = held(...attempts);
      let last: (typeof rows)[number]['id'] | undefined;
      const most = Math.max(...attempts);
      const probed = new Set<string>();
      for (let probes = 0; probes <= (most + 2) * attempts.length; probes++) {
        last = probeAmong(rows, last)?.id;
        if (last !== undefined) probed.add(last);
        rows = rows.map((row) => (row.id === last ? { ...row, attemptCount: row.attemptCount + 1 } : row));
      }
      expect(probed.size).toBe(attempts.length);
    };
    fc.assert(fc.property(fc.array(fc.nat(10), { minLength: 1, maxLength: 10 }), comesToEach));
  });
});
