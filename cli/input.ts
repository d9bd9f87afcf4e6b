import { readFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { isObject } from '../core/is-object.ts';
import { usageFailure } from './failure.ts';
import { jsonErrorPosition } from './json-error-position.ts';

/** Gives access to all other fields of a request body. */
export function withData(command: Command): Command {
  return command.option('--data <json>', 'further fields as in docs/api.md: JSON, @file, or - for stdin');
}

/** The fields of `--data`. */
export async function readData({ data }: { readonly data?: string }): Promise<Record<string, unknown>> {
  return data === undefined ? {} : readObject('--data', data);
}

/** A field of the body that is given by an argument or an option. */
export interface Given {
  readonly field: string;
  /** The argument or option, as `--help` names it. */
  readonly by: string;
  /** `undefined` if it was left out. */
  readonly value: unknown;
}

/**
 * Builds a body from arguments and options, and from `--data` for any other field. A field must not be given twice: it would be
 * unclear which value is meant, and the other would be dropped silently. The error shows neither value, since they may be
 * secrets.
 */
export function mergeFields(given: readonly Given[], data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = given.filter(({ value }) => value !== undefined);
  for (const { field, by, value } of known) {
    if (!Object.hasOwn(data, field) || isDeepStrictEqual(data[field], value)) continue;
    throw usageFailure(`${field} is given both by ${by} and by --data, with different values`, 'leave one of them out');
  }
  return { ...Object.fromEntries(known.map(({ field, value }) => [field, value])), ...data };
}

/** The JSON object that an option gives. */
export async function readObject(option: string, given: string): Promise<Record<string, unknown>> {
  const value = parsed(option, await readText(option, given));
  if (!isObject(value)) throw usageFailure(`${option} is not a JSON object`);
  return value;
}

function parsed(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageFailure(`${option} is not JSON: ${jsonErrorPosition(text, error)}`);
  }
}

/** The text that an option gives. */
export async function readText(option: string, given: string): Promise<string> {
  const bytes = await readBytes(given);
  try {
    // Not Buffer's `toString`, which keeps the byte order mark that PowerShell puts before piped input, and replaces invalid
    // UTF-8.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageFailure(`${option} is not in UTF-8`, 'save it as UTF-8; text in another encoding would be changed');
  }
}

/** Stdin can only be read once. @param options keyed by name, as they were given */
export function refuseStdinTwice(options: Readonly<Record<string, string | undefined>>): void {
  const [first, second] = Object.keys(options).filter((name) => options[name] === '-');
  if (first === undefined || second === undefined) return;
  throw usageFailure(`${first} and ${second} cannot both come from stdin`, `${second} @file`);
}

/** The bytes of an argument: given directly, as `@file`, or as `-` for stdin. */
export async function readBytes(data: string): Promise<Buffer> {
  if (data === '-') return buffer(process.stdin);
  if (!data.startsWith('@')) return Buffer.from(data);
  try {
    return await readFile(data.slice(1));
  } catch (error) {
    throw usageFailure(`${data.slice(1)} can't be read: ${(error as Error).message}`);
  }
}

/** Typed input is not shown. From a pipe, the first line is read. */
export async function readSecret(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) return (await readText('stdin', '-')).trim().split(/\r?\n/)[0] ?? '';
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Written after the reader is set up, because from then on typing is not shown.
  process.stderr.write(prompt);
  const answer = await ask(lines, '');
  process.stderr.write('\n');
  if (answer === undefined) throw usageFailure('nothing was entered');
  return answer.trim();
}

/** `undefined` if the user refused, with Ctrl-C or Ctrl-D. */
async function ask(lines: Interface, question: string): Promise<string | undefined> {
  const refused = new AbortController();
  for (const end of ['SIGINT', 'close'] as const) lines.once(end, () => refused.abort());
  try {
    return await lines.question(question, { signal: refused.signal });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    return undefined;
  } finally {
    lines.close();
  }
}

/** Asks before doing what can't be undone. If there is nobody to ask, `--yes` is required. */
export async function confirm(question: string, { yes = false }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw usageFailure("this can't be undone, and there is nobody to ask", 'add --yes');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask(lines, `${question} [y/N] `);
  if (!/^y(es)?$/i.test((answer ?? '').trim())) throw usageFailure('nothing was done');
}

export function withYes(command: Command): Command {
  return command.option('--yes', 'do not ask for confirmation');
}
