import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clean, cleanText, Output, type Row } from './output.ts';
import { cell } from './table.ts';
import { widthOf } from './text-width.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');

/**
 * What a terminal of this width shows; 0 means that it does not know its width. Without `columns`: what a file or a program gets.
 */
function printed(rows: readonly Row[], columns?: number): { lines: readonly string[]; notes: string } {
  const written = { out: '', errors: '' };
  const stream = (name: 'out' | 'errors') => ({
    ...(columns !== undefined && { isTTY: true, columns }),
    write: (more: string) => (written[name] += more),
  });
  new Output(false, stream('out'), stream('errors'), {}).table(rows, NOW_MS);
  return { lines: stripVTControlCharacters(written.out).trimEnd().split('\n'), notes: written.errors };
}

const ID = 'evt_01a201474fdd7e078ffdd0b2d2094ffe';

function event(request: string, accepted = '2026-11-22T03:23:00.023Z'): Row {
  return { accepted: cell.time(accepted), id: ID, request: cell.text(request), bytes: cell.detail('7') };
}
const long = event(`POST /${'p'.repeat(900)}`);
const short = event('POST /');

/** A row of `deliveries list`. */
function delivery(status: string, result: string, accepted = '2026-11-22T03:23:00.023Z'): Row {
  return {
    accepted: cell.time(accepted),
    id: ID,
    destination: cell.text('orders of the shop, backend'),
    status,
    attempts: cell.detail('1'),
    result: cell.text(result),
  };
}

describe('a table in a terminal', () => {
  it('a table is as wide as the terminal, with an ellipsis where a text was cut', () => {
    const { lines } = printed([long, short], 100);
    expect(Math.max(...lines.map((line) => line.length))).toBe(100);
    expect(lines[1]).toMatch(/^2026-11-22T03:23:00Z {2}evt_\w{32} {2}POST \/p+… {2}7$/);
    expect(lines[2]).toMatch(/^2026-11-22T03:23:00Z {2}evt_\w{32} {2}POST \/ +7$/);
  });

  it('milliseconds are dropped before any text is cut', () => {
    const request = event('POST /orders/of/the/shop');
    expect(printed([request], 100).lines[1]).toContain('2026-11-22T03:23:00.023Z ');
    expect(printed([request], 93).lines[1]).toBe(`2026-11-22T03:23:00Z  ${ID}  POST /orders/of/the/shop  7`);
  });

  it('a table of 80 columns keeps ids, statuses and times, leaves out details, and cuts texts', () => {
    const { lines, notes } = printed(
      [delivery('succeeded', '200'), delivery('dead', 'CONNECTION_REFUSED', '2026-10-01T23:59:59.999Z')],
      80,
    );
    expect(lines.map((line) => line.length <= 80)).not.toContain(false);
    expect(lines[1]).toMatch(new RegExp(`^03:23:00Z +${ID}  order.*…  succeeded  200$`));
    expect(lines[2]).toMatch(new RegExp(`^10-01 23:59Z +${ID}  order.*…  dead       CONN.*…$`));
    expect(notes).toBe('No room for ATTEMPTS: use a wider terminal, or --json.\n');
  });

  it('a table of 60 columns also leaves out texts, and a note names them', () => {
    const { lines, notes } = printed([delivery('succeeded', '200'), delivery('dead', 'TIMEOUT')], 60);
    expect(lines).toEqual([
      `ACCEPTED   ID${' '.repeat(36)}STATUS`,
      `03:23:00Z  ${ID}  succeeded`,
      `03:23:00Z  ${ID}  dead`,
    ]);
    expect(notes).toBe('No room for DESTINATION, ATTEMPTS, RESULT: use a wider terminal, or --json.\n');
  });

  it('a time is shown without the parts it shares with today', () => {
    const times = ['2026-11-22T03:23:00.023Z', '2026-11-21T23:59:59.999Z', '2025-11-22T03:23:00.023Z', 'never'];
    const { lines } = printed(
      times.map((one) => event('POST /', one)),
      60,
    );
    expect(lines.slice(1).map((line) => line.split('  ')[0])).toEqual([
      '03:23:00Z',
      '11-21 23:59Z',
      '2025-11-22',
      'never',
    ]);
  });

  it('a table of 40 columns has the same columns as one of 60, with the same note', () => {
    const { lines, notes } = printed([delivery('succeeded', '200')], 40);
    expect(lines[1]).toBe(`03:23:00Z  ${ID}  succeeded`);
    expect(notes).toBe('No room for DESTINATION, ATTEMPTS, RESULT: use a wider terminal, or --json.\n');
  });

  it('a table keeps at least one column, however narrow the terminal', () => {
    expect(printed([{ name: cell.text('orders of the shop'), url: cell.text('https://a.example/hook') }], 3)).toEqual({
      lines: ['NAME', 'order…'],
      notes: 'No room for URL: use a wider terminal, or --json.\n',
    });
    expect(printed([{ count: cell.detail('12345') }], 3).lines).toEqual(['COUNT', '12345']);
  });

  it('a table is not cut where not even its ids fit', () => {
    const two = { id: ID, destination: ID, status: 'succeeded' };
    expect(printed([two], 70).lines[1]).toBe(`${ID}  ${ID}  succeeded`);
  });

  it('a table is not cut if it fits or the width of the terminal is unknown', () => {
    expect(printed([short], 120).lines[1]).toContain('  POST /  ');
    expect(printed([long], 0).lines[1]).toContain('p'.repeat(900));
  });

  it('a text is cut between characters, and its colour does not spill over', () => {
    expect(printed([{ name: cell.text('😀'.repeat(30)) }], 10).lines[1]).toBe(`${'😀'.repeat(4)}…`);
    let text = '';
    const stream = { isTTY: true, columns: 8, write: (more: string) => (text += more) };
    const out = new Output(false, stream, stream, {});
    out.table([{ a: cell.text(out.styled('red', 'cancelled')) }]);
    expect(text).toContain('cancell…\n');
  });
});

describe('a table of names in any script', () => {
  const names = ['orders', '注文のウェブフック', 'cafe\u0301', '👩‍👩‍👧 family', '🇩🇪 Bestellungen'];
  const rows = names.map((name) => ({ name: cell.text(name), status: 'dead' }));

  it('columns are aligned: CJK and emoji take two cells, a combining accent none', () => {
    const { lines } = printed(rows, 80);
    const before = lines.slice(1).map((line) => widthOf(line.slice(0, -'dead'.length)));
    expect(before).toEqual([20, 20, 20, 20, 20]);
  });

  it('names are cut to the width of the terminal, between graphemes', () => {
    const { lines } = printed(rows, 18);
    expect(lines.slice(1)).toEqual([
      'orders      dead',
      '注文のウ…   dead',
      'cafe\u0301        dead',
      '👩‍👩‍👧 family   dead',
      '🇩🇪 Bestel…  dead',
    ]);
  });
});

describe('a table for a file or a program', () => {
  it('nothing is cut, and one long entry does not widen other rows', () => {
    const { lines, notes } = printed([long, short]);
    expect(lines[1]).toContain(`2026-11-22T03:23:00.023Z  ${ID}  POST /${'p'.repeat(900)}  7`);
    expect(lines[2]?.length).toBeLessThan(130);
    expect(notes).toBe('');
  });
});

describe('untrusted text', () => {
  // Each of these reverses the text after it, or ends the line: https://trojansource.codes
  const TURNING = ['\u202a', '\u202e', '\u2066', '\u2069', '\u2028', '\u2029'];
  const ACTED_ON = ['\u0000', '\u001b', '\u007f', '\u009b'];
  const escapeOf = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

  it.each([...TURNING, ...ACTED_ON].map((character) => [escapeOf(character), character]))(
    '%s is escaped in lines, texts and JSON',
    (shown, character) => {
      expect(clean(`a${character}b`)).toBe(`a${shown}b`);
      expect(cleanText(`a${character}b\n`)).toBe(`a${shown}b\n`);
      let json = '';
      new Output(true, { write: (more) => (json += more) }).documentLine({ name: `a${character}b` });
      expect(json).toBe(`{"name":"a${shown}b"}\n`);
    },
  );

  it('characters that join others into a letter or an emoji are kept', () => {
    const text = 'cafe\u0301 👩‍👩‍👧 שלום';
    expect([clean(text), cleanText(text)]).toEqual([text, text]);
  });

  // A name that is typed as it is shown must be found.
  it.each([
    ['U+200E', 'C++\u200e'],
    ['U+200F', 'חנות!\u200f'],
    ['U+061C', 'متجر\u061c!'],
  ])('the mark %s, used in Hebrew and Arabic names, is kept', (_, name) => {
    expect([clean(name), cleanText(name)]).toEqual([name, name]);
    const rows = [name, name.replace(/\p{Cf}/u, '')].map((one) => ({ name: cell.text(one), status: 'dead' }));
    const [, marked, plain] = printed(rows, 80).lines;
    expect(marked?.replace(/\p{Cf}/u, '')).toBe(plain);
  });

  it('an escaped name is measured as it is shown', () => {
    const rows = ['shop', 'shop\u202e'].map((name) => ({ name: cell.text(clean(name)), status: 'dead' }));
    expect(printed(rows, 80).lines.slice(1)).toEqual(['shop        dead', 'shop\\u202e  dead']);
  });
});
