import { stripVTControlCharacters } from 'node:util';

/** A column that is cut says no less than a status, or the day of a time. */
const MIN_WIDTH = 6;
const ID = /^[a-z]+_[0-9a-f]{32}$/;
const ID_WIDTH = 36;
/** Where nothing is cut: beyond it an entry is longer than its column, and moves its own row alone. */
const MAX_PADDED_WIDTH = 40;
const GAP = '  ';

/**
 * Rows of equally many cells, as lines.
 * @param columns of the terminal, into which they are cut; `undefined` where all is wanted, as in a file
 */
export function tableLines(rows: readonly (readonly string[])[], columns: number | undefined): string[] {
  const [first = []] = rows;
  const natural = first.map((_, index) => Math.max(...rows.map((row) => widthOf(row[index] ?? ''))));
  if (columns === undefined) {
    const widths = natural.map((width) => Math.min(width, MAX_PADDED_WIDTH));
    return rows.map((row) => lineOf(row, widths));
  }
  const isId = first.map((_, index) => rows.slice(1).every((row) => ID.test(row[index] ?? '')));
  const widths = fitted(natural, isId, columns);
  return rows.map((row) =>
    lineOf(
      row.map((cell, index) => cut(cell, widths[index] ?? 0)),
      widths,
    ),
  );
}

/** The widest give, one character after the other, but for ids: one that is cut can't be copied. */
function fitted(natural: readonly number[], isId: readonly boolean[], columns: number): number[] {
  const widths = [...natural];
  let tooMuch = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns;
  for (; tooMuch > 0; tooMuch--) {
    const widest = Math.max(...widths.filter((_, index) => !isId[index]));
    // Not even then would it fit, so that rows break anyway.
    if (widest <= MIN_WIDTH) return natural.map((width) => Math.min(width, ID_WIDTH));
    widths[widths.findIndex((width, index) => width === widest && !isId[index])] = widest - 1;
  }
  return widths;
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell))))
    .join(GAP)
    .trimEnd();
}

function cut(cell: string, width: number): string {
  return widthOf(cell) <= width ? cell : shortened(stripVTControlCharacters(cell), width);
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

export function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
