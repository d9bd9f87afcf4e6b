import { stripVTControlCharacters } from 'node:util';
import { truncate, widthOf } from './text-width.ts';
import { formatTime, type TimeForm } from './time-forms.ts';

/**
 * What happens to its column if the terminal is too narrow. A plain string is always shown whole: a shortened id can't be copied,
 * and half a status says nothing. A `time` is written shorter. A `text` (a name, a path, a URL) is truncated. Columns that are
 * only a detail are left out before texts are truncated to almost nothing.
 */
export type Cell = string | Special;

interface Special {
  readonly kind: 'whole' | 'time' | 'text';
  readonly text: string;
  readonly isDetail: boolean;
}

export const cell = {
  time: (text: string): Cell => ({ kind: 'time', text, isDetail: false }),
  text: (text: string): Cell => ({ kind: 'text', text, isDetail: false }),
  detail: (of: Cell): Cell => ({ ...special(of), isDetail: true }),
};

function special(of: Cell): Special {
  return typeof of === 'string' ? { kind: 'whole', text: of, isDetail: false } : of;
}

export interface Column {
  readonly heading: string;
  readonly cells: readonly Cell[];
}

export interface Terminal {
  readonly columns: number;
  readonly nowMs: number;
}

export interface Table {
  readonly lines: readonly string[];
  /** Headings of the columns for which there was no room. */
  readonly leftOut: readonly string[];
}

/** In a file, a longer entry overflows its column and shifts only its own row. */
const MAX_PADDED_WIDTH = 40;
const GAP = '  ';

/** @param terminal the terminal to fit it to; `undefined` for everything, as in a file */
export function layOutTable(columns: readonly Column[], terminal: Terminal | undefined): Table {
  return terminal ? fittedTable(columns, terminal) : unfittedTable(columns);
}

function fittedTable(columns: readonly Column[], { columns: width, nowMs }: Terminal): Table {
  const plans = plansFor(columns);
  const narrowest = plans.at(-1) ?? FULL_PLAN;
  const plan = plans.find((one) => fitted(applyPlan(one, columns, nowMs), width)) ?? narrowest;
  const shown = applyPlan(plan, columns, nowMs);
  // Lines that wrap are better than lines that say nothing, and the shortest are best.
  const widths = fitted(shown, width) ?? shown.map(({ least }) => least);
  return { lines: linesOf(shown, widths, cut), leftOut: headingsOf(plan, columns) };
}

function headingsOf({ leftOut }: Plan, columns: readonly Column[]): readonly string[] {
  return columns.filter((_, at) => leftOut.includes(at)).map(({ heading }) => heading);
}

function unfittedTable(columns: readonly Column[]): Table {
  const shown = applyPlan(FULL_PLAN, columns, 0);
  const widths = shown.map(({ natural }) => Math.min(natural, MAX_PADDED_WIDTH));
  return { lines: linesOf(shown, widths, uncut), leftOut: [] };
}

/** One way to make a table narrower. */
interface Plan {
  readonly times: TimeForm;
  /** How many cells texts keep at least. */
  readonly floor: number;
  /** Indices of columns. */
  readonly leftOut: readonly number[];
}

const FULL_PLAN: Plan = { times: 'full', floor: Number.POSITIVE_INFINITY, leftOut: [] };
/** Enough to tell a name from others. */
const MIN_TEXT_WIDTH = 12;
/** Enough to see how it begins. */
const SHORTEST_TEXT_WIDTH = 6;

/** From the one that loses nothing to the one that loses most, always keeping at least one column. */
function plansFor(columns: readonly Column[]): readonly Plan[] {
  const fromTheRight = (isOne: (first: Special) => boolean) =>
    columns.flatMap(({ cells: [first = ''] }, at) => (isOne(special(first)) ? [at] : [])).toReversed();
  const details = fromTheRight(({ isDetail }) => isDetail);
  const texts = fromTheRight(({ kind, isDetail }) => kind === 'text' && !isDetail);
  const plans: readonly Plan[] = [
    FULL_PLAN,
    { times: 'seconds', floor: MIN_TEXT_WIDTH, leftOut: [] },
    ...prefixesOf(details).map((leftOut): Plan => ({ times: 'short', floor: MIN_TEXT_WIDTH, leftOut })),
    ...prefixesOf(texts).map(
      (leftOut): Plan => ({ times: 'short', floor: SHORTEST_TEXT_WIDTH, leftOut: [...details, ...leftOut] }),
    ),
  ];
  return plans.filter(({ leftOut }) => leftOut.length < columns.length);
}

/** None, the first, the first two, … */
function prefixesOf(indices: readonly number[]): readonly (readonly number[])[] {
  return [[], ...indices.map((_, at) => indices.slice(0, at + 1))];
}

interface Shown {
  /** The heading first. */
  readonly cells: readonly string[];
  /** Its width when not truncated. */
  readonly natural: number;
  /** How narrow it may become. */
  readonly least: number;
}

function applyPlan({ times, floor, leftOut }: Plan, columns: readonly Column[], nowMs: number): readonly Shown[] {
  return columns
    .filter((_, at) => !leftOut.includes(at))
    .map(({ heading, cells }) => {
      const specials = cells.map(special);
      const texts = specials.map(({ kind, text }) => (kind === 'time' ? formatTime(times, text, nowMs) : text));
      const natural = Math.max(widthOf(heading), ...texts.map(widthOf));
      const isCut = specials[0]?.kind === 'text';
      return { cells: [heading, ...texts], natural, least: isCut ? Math.min(natural, floor) : natural };
    });
}

/** Narrows the widest column that can be narrowed, one cell at a time. `undefined` if that is not enough. */
function fitted(shown: readonly Shown[], columns: number): readonly number[] | undefined {
  const widths = shown.map(({ natural }) => natural);
  let tooMuch = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns;
  for (; tooMuch > 0; tooMuch--) {
    const giving = widths.map((width, at) => (width > (shown[at]?.least ?? 0) ? width : 0));
    const widest = Math.max(...giving);
    if (widest === 0) return undefined;
    widths[giving.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function linesOf(
  shown: readonly Shown[],
  widths: readonly number[],
  shorten: (text: string, width: number) => string,
): readonly string[] {
  const [first] = shown;
  return (first?.cells ?? []).map((_, row) =>
    shown
      .map(({ cells }, at) => {
        const width = widths[at] ?? 0;
        const text = shorten(cells[row] ?? '', width);
        return text + ' '.repeat(Math.max(0, width - widthOf(text)));
      })
      .join(GAP)
      .trimEnd(),
  );
}

function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : truncate(stripVTControlCharacters(text), width);
}

function uncut(text: string): string {
  return text;
}
