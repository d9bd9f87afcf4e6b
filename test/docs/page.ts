/** A command that a page shows, and the result that the page promises. */
export interface Example {
  /** Its first line. */
  readonly title: string;
  readonly command: string;
  /** The HTTP status shown under the command. */
  readonly status: number | undefined;
  /** The JSON shown under the status. */
  readonly answer: unknown;
}

/** A block of commands, then the status between backticks in a paragraph of its own, then the answer; both may be missing. */
const EXAMPLE = /^```sh\n(.*?)^```\n(?:\n`(\d{3})`.*?\n\n(?:```json\n(.*?)^```\n)?)?/gms;

/** The examples of a page, in order. */
export function examplesOf(page: string): Example[] {
  return [...`${page}\n`.matchAll(EXAMPLE)].map(([, command = '', status, answer]) => ({
    title: command.split('\n')[0] ?? '',
    command,
    status: status === undefined ? undefined : Number(status),
    answer: answer === undefined ? undefined : JSON.parse(answer),
  }));
}

/** The text under a second-level heading. */
export function sectionOf(page: string, heading: string): string {
  const [, rest] = page.split(`\n## ${heading}\n`);
  if (rest === undefined) throw new Error(`the page has no section ${heading}`);
  return rest.split('\n## ')[0] ?? '';
}

/** Fields whose members the API does not name: headers. */
const FREE_FIELDS = new Set(['headers', 'request_headers', 'response_headers']);

/**
 * Where the fields or the types of values of a real answer differ from the documented one. All elements of a list are compared
 * with the first documented one. A value that is `null` on either side may be anything on the other.
 */
export function differences(documented: unknown, real: unknown, path = 'the answer'): string[] {
  if (documented === null || real === null) return [];
  if (Array.isArray(documented) && Array.isArray(real)) {
    if ((documented.length === 0) !== (real.length === 0)) {
      return [`${path} has ${real.length} elements, and ${documented.length} in the page`];
    }
    return real.flatMap((element, index) => differences(documented[0], element, `${path}[${index}]`));
  }
  if (isRecord(documented) && isRecord(real)) {
    const missing = Object.keys(documented).filter((name) => !(name in real));
    const extra = Object.keys(real).filter((name) => !(name in documented));
    return [
      ...missing.map((name) => `${path} has no ${name}, which the page shows`),
      ...extra.map((name) => `${path} has ${name}, which the page does not show`),
      ...Object.keys(documented)
        .filter((name) => name in real && !FREE_FIELDS.has(name))
        .flatMap((name) => differences(documented[name], real[name], `${path}.${name}`)),
    ];
  }
  const [kind, realKind] = [kindOf(documented), kindOf(real)];
  return kind === realKind ? [] : [`${path} is ${realKind}, and ${kind} in the page`];
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
