import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../cli/failure.ts';
import { program } from '../../cli/program.ts';
import { Cli } from '../support/cli.ts';
import { Hawser, ROOT_KEY } from '../support/hawser.ts';
import { differences, sectionOf } from './page.ts';
import { missingPrograms, Shell } from './shell.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
/** Blocks of commands, each with the output of its last command if the page shows it. */
const examples = [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?/gms)].map(
  ([, command = '', answer]) => ({ title: command.split('\n')[0], command, answer }),
);
const why = missingPrograms.length > 0 ? `, skipped because this machine lacks ${missingPrograms.join(', ')}` : '';

describe('docs/cli.md', () => {
  it('docs/cli.md has every command', () => {
    const rows = sectionOf(page, 'Looking and changing');
    for (const command of program().commands.filter((one) => one.name() !== 'help')) {
      const row = rows.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${command.name()}\``));
      expect(row, command.name()).toBeDefined();
      for (const child of command.commands) expect(row).toContain(`\`${child.name()}\``);
    }
  });

  it('docs/cli.md has every option of listen', () => {
    const listen = program().commands.find((one) => one.name() === 'listen');
    const options = listen?.options
      .map(({ long }) => long)
      .filter((long) => !['--url', '--organization'].includes(String(long)));
    for (const option of options ?? []) expect(sectionOf(page, 'Listening')).toContain(`\n| \`${option}\` |`);
  });

  it('docs/cli.md has every exit code', () => {
    const codes = [...sectionOf(page, 'Programs').matchAll(/^- `(\d)`: /gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCode));
  });
});

describe.skipIf(why !== '')(`the examples of docs/cli.md${why}`, () => {
  let hawser: Hawser;
  let user: Cli;
  let shell: Shell;
  beforeAll(async () => {
    [hawser, user] = await Promise.all([Hawser.start(), Cli.create()]);
    shell = new Shell({ 'http://127.0.0.1:4100': hawser.url });
    shell.variables.XDG_CONFIG_HOME = user.configHome;
    shell.variables.HAWSER_ROOT_KEY = ROOT_KEY;
  });
  afterAll(() => Promise.all([hawser.dispose(), user.dispose()]));

  const asFunction = `hawser() { '${process.execPath}' '${resolve(import.meta.dirname, '../../cli/hawser.js')}' "$@"; }`;

  it.each(examples)('$title', async ({ command, answer }) => {
    const { output } = await shell.run(`${asFunction}\n${command}`);
    if (answer !== undefined) expect(differences(JSON.parse(answer), JSON.parse(output))).toEqual([]);
  });
});
