import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** The result of running a block of commands. */
export interface Outcome {
  /** HTTP statuses of its curl commands, in order. */
  readonly statuses: number[];
  readonly output: string;
}

const ID_VARIABLES: Readonly<Record<string, string>> = {
  org: 'ORGANIZATION_ID',
  key: 'API_KEY_ID',
  src: 'SOURCE_ID',
  dst: 'DESTINATION_ID',
  con: 'CONNECTION_ID',
  evt: 'EVENT_ID',
  dlv: 'DELIVERY_ID',
  rpl: 'REPLAY_ID',
};

/** The programs that documented commands need and this machine lacks. */
export function missingOf(programs: readonly string[]): string[] {
  return programs.filter((name) => spawnSync(name, ['--version']).error !== undefined);
}

export const missingPrograms = missingOf(['bash', 'curl', 'openssl']);

/**
 * Runs what a page's reader would type, block after block, as in one shell: each block sees the variables of the blocks before.
 */
export class Shell {
  /** By name; the commands see them. */
  readonly variables: Record<string, string> = {};
  readonly #replacements: Readonly<Record<string, string>>;

  /** @param replacements texts of the page, and what replaces them here */
  constructor(replacements: Readonly<Record<string, string>>) {
    this.#replacements = replacements;
  }

  /** @throws Error with the whole output if a command fails; an HTTP error status is not a failure */
  async run(command: string): Promise<Outcome> {
    const names = [...command.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    const script = [
      'set -eu',
      // The statuses go to a stream of their own, so that a command may use the answer.
      `curl() { command curl --max-time 20 -w '%{stderr}%{http_code}\\n' "$@" 2>&3; }`,
      this.adapt(command),
      ...names.map((name) => `printf '%s' "\${${name}-}" >&4; printf '\\0' >&4`),
    ].join('\n');
    const child = spawn('bash', ['-c', script], {
      env: { PATH: process.env.PATH, ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    // All pipes that the shell writes to.
    const streams = child.stdio.slice(1).map((stream) => text(stream as Readable));
    const [code] = await once(child, 'close');
    const [output = '', errors = '', statuses = '', values = ''] = await Promise.all(streams);
    if (code !== 0) throw new Error(`bash ended with ${code}: ${errors}${statuses}\n${script}`);
    for (const [index, name] of names.entries()) this.variables[name] = values.split('\0')[index] ?? '';
    return { statuses: statuses.trim().split('\n').filter(Boolean).map(Number), output };
  }

  /** Makes variables of the ids in an answer, such as `SOURCE_ID`: the first id of each kind. */
  rememberIds(answer: unknown): void {
    const seen = new Set<string>();
    // JSON.stringify visits in the order of the text.
    JSON.stringify(answer, (key, value: unknown) => {
      const variable = key === 'id' && typeof value === 'string' ? ID_VARIABLES[value.slice(0, 3)] : undefined;
      if (variable !== undefined && !seen.has(variable)) this.variables[variable] = String(value);
      if (variable !== undefined) seen.add(variable);
      return value;
    });
  }

  /** The command as it works here. */
  adapt(command: string): string {
    return Object.entries(this.#replacements).reduce((adapted, [from, to]) => adapted.replaceAll(from, to), command);
  }
}
