import { describe, expect, it } from 'vitest';
import { type ConnectionId, deliveryIdOf, newEventId, newId, tagOf } from '../../../core/ids.ts';
import { exactFormat, formatRelative, shortId } from './format.ts';

describe('a time', () => {
  it.each([
    ['Europe/Berlin', 'second', '26 Nov 2026, 02:17:05\u00a0UTC+1'],
    ['UTC', 'second', '26 Nov 2026, 01:17:05\u00a0UTC+0'],
    ['Asia/Kolkata', 'millisecond', '26 Nov 2026, 06:47:05.042\u00a0UTC+5:30'],
    ['America/New_York', 'millisecond', '25 Nov 2026, 20:17:05.042\u00a0UTC-5'],
  ] as const)('an exact time shows its zone: in %s, to the %s', (zone, precision, shown) => {
    expect(exactFormat(precision, 'en-GB', zone)('2026-11-26T01:17:05.042Z')).toBe(shown);
  });

  const nowMs = Date.parse('2026-11-26T01:17:05.000Z');
  const at = (ms: number) => formatRelative(new Date(nowMs + ms).toISOString(), nowMs);

  it('a time within a week is relative', () => {
    expect(at(-3 * 60_000)).toBe(new Intl.RelativeTimeFormat(undefined, { style: 'short' }).format(-3, 'minute'));
    expect(at(-7 * 86_400_000)).toBeDefined();
    expect(at(7 * 86_400_000)).toBeDefined();
  });

  it('a time more than a week away is not relative', () => {
    expect(at(-7 * 86_400_000 - 1_000)).toBeUndefined();
    expect(at(7 * 86_400_000 + 1_000)).toBeUndefined();
  });
});

describe('a short id', () => {
  const source = newId('src');
  const connections = Array.from({ length: 3 }, (): ConnectionId => newId('con'));

  it('short ids differ for deliveries of one event and for events of one source in the same millisecond', () => {
    const event = newEventId(source, 0);
    const deliveries = connections.map((connection) => shortId(deliveryIdOf(event, connection)));
    expect(new Set(deliveries).size).toBe(3);
    expect(new Set(Array.from({ length: 20 }, () => shortId(newEventId(source, 0)))).size).toBe(20);
  });

  it.each(['0c5c7ba9e960af', 'dlv_zzz', '', 'evt_505709fee21796'])(
    'a text that is short already is not shortened: %j',
    (text) => {
      expect(shortId(text)).toBe(text);
    },
  );

  it('a short id keeps its prefix and its whole end', () => {
    const id = newEventId(source, 0);
    const [kind, end = ''] = shortId(id).split('…');
    expect(kind).toBe('evt_');
    expect(id.endsWith(end) && end.endsWith(tagOf(id))).toBe(true);
  });
});
