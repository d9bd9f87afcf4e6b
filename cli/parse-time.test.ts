import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseFutureTime, parseTime } from './parse-time.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a given time', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.5+01:30', '2026-11-22T08:30:00.500Z'],
    // The output of `date +%FT%T%z`.
    ['2026-11-22T10:00:00+0100', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T10:00-0330', '2026-11-22T13:30:00.000Z'],
    ['2026-11-22T10:00Z', '2026-11-22T10:00:00.000Z'],
    // UTC, like every time that is shown.
    ['2026-11-22T10:00:00', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
  ])('the time %s is read as %s', (given, meant) => {
    expect(parseTime(given)).toBe(meant);
    expect(parseFutureTime(given)).toBe(meant);
  });

  it.each([
    ['90s', '2026-11-22T09:58:30.000Z'],
    ['15m', '2026-11-22T09:45:00.000Z'],
    ['2h', '2026-11-22T08:00:00.000Z'],
    ['7d', '2026-11-15T10:00:00.000Z'],
  ])('the duration %s is subtracted from now: %s', (given, meant) => {
    expect(parseTime(given)).toBe(meant);
    expect(() => parseFutureTime(given)).toThrow('It must be a time');
  });

  it.each([
    '5',
    '12',
    '2026',
    '2026-11',
    'yesterday 1',
    'Nov 22 2026',
    '2026-11-22 10:00',
    '2026-02-30',
    '2026-13-01T10:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T10:00:00+99:00',
    '2026-11-22T10:00:00+9900',
    '2026-11-22T10:00:00+01',
    '2026-11-22T10:00:00+01:0',
    '0000-01-01T00:00:00+01:00',
    '',
    '5 m',
    '-5m',
    '1w',
    '999999d',
  ])('%j is not accepted as a time', (given) => {
    expect(() => parseTime(given)).toThrow('It must be a time');
    expect(() => parseFutureTime(given)).toThrow('It must be a time');
  });

  it('the message of a refusal lists the accepted forms', () => {
    const formsIn = (said: string) => [...said.matchAll(/\d{4}-[\w:+-]*/g)].map(([form]) => form);
    for (const parse of [parseTime, parseFutureTime]) {
      let said = '';
      try {
        parse('soon');
      } catch (error) {
        said = (error as Error).message;
      }
      expect(formsIn(said)).toHaveLength(4);
      for (const form of formsIn(said)) expect(parse(form)).toMatch(/Z$/);
      expect(said).toContain('UTC where there is no offset');
    }
  });
});
