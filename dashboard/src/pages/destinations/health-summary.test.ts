import { describe, expect, it } from 'vitest';
import type { Destination } from '../../api/types.ts';
import { circuitOf, healthOf, type KnownHealth, needsAttention } from './health-summary.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 10);
const HOUR_MS = 3_600_000;

/** The part of a destination that is looked at. */
function destination(id: string, its: Partial<Destination> = {}): Destination {
  return { id, enabled: true, archived_at: null, last_delivery_at: null, ...its } as Destination;
}

const last = (hoursAgo: number) => ({ last_delivery_at: new Date(NOW_MS - hoursAgo * HOUR_MS).toISOString() });

/** An overview that names two destinations. */
function overview({
  window = '24h',
  hasMore = false,
}: {
  window?: KnownHealth['window'];
  hasMore?: boolean;
} = {}): KnownHealth {
  return {
    window,
    destinations: { has_more: hasMore },
    unhealthy: [{ destination_id: 'dst_failing', status: 'failing' }],
    open_circuits: [{ destination_id: 'dst_open', state: 'half_open' }],
  } as unknown as KnownHealth;
}

describe('the health of a destination in the list', () => {
  it('a destination that the overview names has the health given there', () => {
    expect(healthOf(destination('dst_failing', last(1)), overview(), NOW_MS)).toBe('failing');
  });

  it.each([
    ['1h', 0.5, 'healthy'],
    ['1h', 2, 'unknown'],
    ['24h', 2, 'healthy'],
    ['24h', 25, 'unknown'],
    ['7d', 25, 'healthy'],
  ] as const)(
    'the health of an unnamed destination, in %s, with an attempt %d hours ago, is %s',
    (window, hours, status) => {
      expect(healthOf(destination('dst_well', last(hours)), overview({ window }), NOW_MS)).toBe(status);
    },
  );

  it('the health is unknown if nothing was ever sent', () => {
    expect(healthOf(destination('dst_new'), overview(), NOW_MS)).toBe('unknown');
  });
});

describe('the circuit of a destination in the list', () => {
  it('a circuit is closed unless the overview names it', () => {
    expect(circuitOf(destination('dst_open'), overview())).toBe('half_open');
    expect(circuitOf(destination('dst_well'), overview())).toBe('closed');
  });
});

it('health and circuit are undefined for destinations that the overview does not cover', () => {
  const archived = destination('dst_old', { archived_at: '2026-11-20T00:00:00.000Z', ...last(1) });
  const unnamed = destination('dst_well', last(1));
  expect(healthOf(archived, overview(), NOW_MS)).toBeUndefined();
  expect(circuitOf(archived, overview())).toBeUndefined();
  expect(healthOf(unnamed, overview({ hasMore: true }), NOW_MS)).toBeUndefined();
  expect(circuitOf(unnamed, overview({ hasMore: true }))).toBeUndefined();
  expect(healthOf(destination('dst_failing'), overview({ hasMore: true }), NOW_MS)).toBe('failing');
});

it('a destination needs attention if it is unhealthy, disabled, or has an open circuit, unless it is archived', () => {
  const off = { enabled: false };
  const needing = [destination('dst_failing'), destination('dst_open'), destination('dst_off', off)];
  expect(needing.filter((one) => needsAttention(one, overview()))).toEqual(needing);
  expect(needsAttention(destination('dst_well'), overview())).toBe(false);
  expect(needsAttention(destination('dst_off', { ...off, archived_at: '2026-11-20T00:00:00.000Z' }), overview())).toBe(
    false,
  );
});
