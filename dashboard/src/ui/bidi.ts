/**
 * Untrusted text may be written from right to left, and then also reorders what is beside it. And it may contain characters that
 * change the direction, so that it reads as something other than it is: https://trojansource.codes.
 */

/** Those characters: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters. */
const TURN = String.raw`[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`;
/** The blocks of right-to-left letters: https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedBidiClass.txt. */
const LETTERS = String.raw`[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+`;

const ANY = new RegExp(`${TURN}|${LETTERS}`, 'u');
const TURNS = new RegExp(TURN, 'gu');
const PIECES = new RegExp(`(?<turn>${TURN})|(?<run>${LETTERS}(?: +${LETTERS})*)`, 'gu');

/** U+2068 and U+2069 do in plain text what `<bdi>` does on a page. */
const [ISOLATE, END_OF_ISOLATE] = ['\u2068', '\u2069'];

export interface Piece {
  /** `run`: right-to-left letters; `turn`: the name of a character that changes the direction. */
  readonly kind: 'text' | 'run' | 'turn';
  readonly text: string;
}

/** Whether a text contains anything that could change the order in which it, or the text beside it, is read. */
export function mayTurn(text: string): boolean {
  return ANY.test(text);
}

/** Splits a text into what may change the direction and what is between. */
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

/** The text with characters that change the direction replaced by their names. */
export function marked(text: string): string {
  return text.replace(TURNS, (turn) => `[${nameOf(turn)}]`);
}

/** For places without elements, such as a window title: the text is isolated from what is beside it. */
export function isolated(text: string): string {
  return mayTurn(text) ? `${ISOLATE}${marked(text)}${END_OF_ISOLATE}` : text;
}

function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
