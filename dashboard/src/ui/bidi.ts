/**
 * Text from elsewhere may be written from right to left, and then takes what stands beside it along; and it may have characters that
 * turn the direction, by which it reads as something else than it is: https://trojansource.codes.
 */

/** Those characters: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters. */
const TURN = String.raw`[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`;
/** The blocks of letters that are written from right to left: https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedBidiClass.txt. */
const LETTERS = String.raw`[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+`;

const ANY = new RegExp(`${TURN}|${LETTERS}`, 'u');
const TURNS = new RegExp(TURN, 'gu');
const PIECES = new RegExp(`(?<turn>${TURN})|(?<run>${LETTERS}(?: +${LETTERS})*)`, 'gu');

/** U+2068 and U+2069, which do in a text what `<bdi>` does on a page. */
const [ISOLATE, END_OF_ISOLATE] = ['\u2068', '\u2069'];

export interface Piece {
  /** `run`: from right to left; `turn`: the name of a character that turns the direction. */
  readonly kind: 'text' | 'run' | 'turn';
  readonly text: string;
}

/** Whether a text has anything that could change the order in which it, or what is beside it, is read. */
export function mayTurn(text: string): boolean {
  return ANY.test(text);
}

/** What may turn, and what is between. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { index, groups, 0: found } of text.matchAll(PIECES)) {
    if (index > end) pieces.push({ kind: 'text', text: text.slice(end, index) });
    pieces.push(groups?.turn ? { kind: 'turn', text: nameOf(found) } : { kind: 'run', text: found });
    end = index + found.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

/** With the names of what turns the direction in its place. */
export function marked(text: string): string {
  return text.replace(TURNS, (turn) => `[${nameOf(turn)}]`);
}

/** For where there are no elements, such as the title of a window: it stands by itself there, whatever is beside it. */
export function isolated(text: string): string {
  return mayTurn(text) ? `${ISOLATE}${marked(text)}${END_OF_ISOLATE}` : text;
}

function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
