import { describe, expect, it } from 'vitest';
import { formatTime } from './format.ts';
import { namedChoices } from './named-choices.ts';

const made = (id: string, name: string) => ({ id, name, created_at: '2026-11-26T08:00:00.000Z' });

describe('named choices', () => {
  it('choices are labelled by name, with an empty one first', () => {
    expect(namedChoices('All', [made('dst_1', 'Books')])).toEqual([
      { value: '', label: 'All' },
      { value: 'dst_1', label: 'Books' },
    ]);
  });

  it('choices with the same name are told apart, even if created in the same second', () => {
    const [one, other] = ['dst_01a2158f353c741f83505709fee21796', 'dst_01a2158f353c741f83505709fee21797'];
    const labels = namedChoices('All', [made(one, 'Laptop'), made('dst_3', 'Books'), made(other, 'Laptop')]);
    const time = formatTime('2026-11-26T08:00:00.000Z');
    expect(labels.map(({ label }) => label)).toEqual([
      'All',
      `Laptop, made ${time}, dst_…505709fee21796`,
      'Books',
      `Laptop, made ${time}, dst_…505709fee21797`,
    ]);
  });
});
