import { stripVTControlCharacters, styleText } from 'node:util';
import { type Cell, layOutTable } from './table.ts';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** A row of a table: its cells, keyed by the heading of their column. */
export type Row = Readonly<Record<string, Cell>>;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Where a command prints: results to stdout, everything else to stderr. Text from others (names, paths, answers) is shown with
 * its control characters escaped, so that it can't move the cursor, set a title or recolour the text around it.
 */
export class Output {
  readonly json: boolean;
  readonly #out: Stream;
  readonly #errors: Stream;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(
    json: boolean,
    out: Stream = process.stdout,
    errors: Stream = process.stderr,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.json = json;
    this.#out = out;
    this.#errors = errors;
    this.#environment = environment;
  }

  /** A line of the result, for people. */
  line(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** A note beside the result. */
  note(text: string): void {
    this.#errors.write(`${text}\n`);
  }

  /** The result, for programs: one document. */
  document(value: unknown): void {
    this.#out.write(`${terminalSafe(JSON.stringify(value, null, 2))}\n`);
  }

  /** One of many documents, each on a line of its own. */
  documentLine(value: unknown): void {
    this.#out.write(`${jsonLine(value)}\n`);
  }

  bytes(bytes: Uint8Array): void {
    (this.#out as NodeJS.WriteStream).write(bytes);
  }

  /** Fitted to the width of the terminal. A file and `--json` get everything. */
  table(rows: readonly Row[], nowMs = Date.now()): void {
    const [first] = rows;
    if (!first) return;
    const table = Object.keys(first).map((name) => ({
      heading: this.styled('dim', name.toUpperCase().replaceAll('_', ' ')),
      cells: rows.map((row) => row[name] ?? ''),
    }));
    // A terminal that does not know its width says 0.
    const columns = this.#out.isTTY ? this.#out.columns || undefined : undefined;
    const { lines, leftOut } = layOutTable(table, columns === undefined ? undefined : { columns, nowMs });
    for (const line of lines) this.line(line);
    if (leftOut.length > 0) {
      this.note(`No room for ${stripVTControlCharacters(leftOut.join(', '))}: use a wider terminal, or --json.`);
    }
  }

  /** Names and values, one below the other. */
  fields(fields: Readonly<Record<string, string | undefined>>): void {
    const shown = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
    const width = Math.max(...shown.map(({ name }) => name.length));
    for (const { name, value } of shown) this.line(`${this.styled('dim', name.padEnd(width))}  ${value}`);
  }

  /** For stdout. If NO_COLOR is set and not empty, it wins: https://no-color.org */
  styled(style: Style, text: string): string {
    const { NO_COLOR, TERM } = this.#environment;
    if (!this.#out.isTTY || NO_COLOR || TERM === 'dumb') return text;
    return styleText(style, text, { validateStream: false });
  }
}

// C0, DEL and C1, which terminals act on; the characters that reverse the rest of a line, and those that end a line for some:
// https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters. Not the marks U+200E, U+200F and U+061C. Like letters,
// they affect at most the punctuation beside them, and names that contain them (core/fields/shared-fields.ts) must be typed as they are shown.
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

/** Any value, on one line. */
export function clean(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '-' : String(value);
  return text.replace(CONTROL, escaped);
}

/** Several lines of text as one: line ends become ⏎, and indentation is removed. */
export function toOneLine(text: string): string {
  return clean(
    text
      .trim()
      .replace(/\s*[\r\n]\s*/g, ' ⏎ ')
      .replaceAll('\t', ' '),
  );
}

/** The same with its lines and tabs. */
export function cleanText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(CONTROL, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

/** A document on one line, without a line end. */
export function jsonLine(value: unknown): string {
  return terminalSafe(JSON.stringify(value));
}

/** JSON escapes only C0, and contains line breaks between its fields. */
function terminalSafe(json: string): string {
  return json.replace(CONTROL, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
