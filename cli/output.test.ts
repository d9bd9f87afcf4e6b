import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Output, type Row } from './output.ts';

/** What a terminal of so many columns shows; of 0 columns where it does not say. Without `columns`: what a file or a program gets. */
function printed(rows: readonly Row[], columns?: number): string[] {
  let text = '';
  const stream = { ...(columns !== undefined && { isTTY: true, columns }), write: (more: string) => (text += more) };
  new Output(false, stream, stream, {}).table(rows);
  return stripVTControlCharacters(text).trimEnd().split('\n');
}

const ID = 'evt_01a201474fdd7e078ffdd0b2d2094ffe';
const event = (request: string): Row => ({ accepted: '2026-11-22T03:23:00.023Z', id: ID, request, bytes: '7' });
const long = event(`POST /${'p'.repeat(900)}`);
const short = event('POST /');

describe('a table in a terminal', () => {
  it('is as wide as the terminal, and says by an ellipsis where it was cut', () => {
    const lines = printed([long, short], 100);
    expect(Math.max(...lines.map((line) => line.length))).toBe(100);
    expect(lines[1]).toMatch(/^2026-11-22T03:23:00\.023Z {2}evt_\w{32} {2}POST \/p+… {2}7$/);
    expect(lines[2]).toMatch(/^2026-11-22T03:23:00\.023Z {2}evt_\w{32} {2}POST \/ +7$/);
  });

  it('keeps ids whole, as they are copied, and takes from the widest of the others', () => {
    const [heading = '', first = ''] = printed([long, short], 80);
    expect(heading).toHaveLength(80);
    expect(first).toMatch(new RegExp(`^2026-11-22T03.*…  ${ID}  POST /p+…  7$`));
  });

  it('is not cut where not even the ids have room: what breaks is better than what says nothing', () => {
    const two = { id: ID, destination: ID, status: 'succeeded' };
    expect(printed([two], 70)[1]).toBe(`${ID}  ${ID}  succeeded`);
  });

  it('that fits is not cut, nor where nobody knows how wide it is', () => {
    expect(printed([short], 120)[1]).toContain('  POST /  ');
    expect(printed([long], 0)[1]).toContain('p'.repeat(900));
  });

  it('is cut between characters, and without a colour that goes on', () => {
    expect(printed([{ name: '😀'.repeat(30) }], 10)[1]).toBe(`${'😀'.repeat(9)}…`);
    let text = '';
    const stream = { isTTY: true, columns: 8, write: (more: string) => (text += more) };
    const out = new Output(false, stream, stream, {});
    out.table([{ a: out.styled('red', 'cancelled') }]);
    expect(text).toContain('cancell…\n');
  });
});

describe('a table for a file or a program', () => {
  it('has all that there is, and one long entry makes no other row longer', () => {
    const lines = printed([long, short]);
    expect(lines[1]).toContain(`${'p'.repeat(900)}  7`);
    expect(lines[2]?.length).toBeLessThan(130);
  });
});
