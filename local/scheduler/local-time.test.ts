import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOfLocalTime } from './local-time.ts';

function inBerlin(local: string): string {
  return new Date(epochOfLocalTime(Date.parse(`${local}Z`), 'Europe/Berlin')).toISOString();
}

describe('epochOfLocalTime', () => {
  it('local times respect daylight saving time', () => {
    expect(inBerlin('2026-01-15T12:00:00')).toBe('2026-01-15T11:00:00.000Z');
    expect(inBerlin('2026-07-15T12:00:00')).toBe('2026-07-15T10:00:00.000Z');
  });

  it('the first of two equal times is taken when clocks are put back', () => {
    expect(inBerlin('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('a skipped time is moved by the length of the gap', () => {
    expect(inBerlin('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('an unknown zone is refused', () => {
    expect(() => epochOfLocalTime(0, 'Europe/Atlantis')).toThrow(RangeError);
  });

  it('the zone shows the wanted time at the result, unless that time is skipped', () => {
    const zones = ['America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Monrovia'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 946_684_800, max: 2_524_608_000 }),
        (timeZone, seconds) => {
          const shown = (atMs: number) => new Date(atMs).toLocaleString('sv-SE', { timeZone });
          const momentMs = seconds * 1000;
          const found = epochOfLocalTime(Date.parse(`${shown(momentMs).replace(' ', 'T')}Z`), timeZone);
          expect(shown(found)).toBe(shown(momentMs));
          expect(found).toBeLessThanOrEqual(momentMs);
        },
      ),
    );
  });
});
