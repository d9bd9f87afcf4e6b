import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.create();
});
afterAll(() => cli.dispose());

/** What follows the words that were typed, the last of which is under way. */
const cases: readonly [readonly string[], readonly string[]][] = [
  [['hawser', 'dest'], ['destinations']],
  [['hawser', 'sources', 'd'], ['delete']],
  [
    ['hawser', 'events', 'list', '--s'],
    ['--source', '--since'],
  ],
  // The name of a source is no command, though it may be spelled like one.
  [['hawser', 'listen', '--source', 'shop', '--to', '3000', '--ve'], ['--verbose']],
  [['hawser', 'keys', 'create', 'laptop', '--sc'], ['--scope']],
];

const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined;

describe.skipIf(!has('bash'))(
  `hawser completion bash${has('bash') ? '' : ', skipped because this machine lacks bash'}`,
  () => {
    it.each(cases)('%j', async (words, expected) => {
      const { stdout: script } = await cli.run(['completion', 'bash']);
      const typed = words.map((word) => `'${word}'`).join(' ');
      const ask = `COMP_WORDS=(${typed})\nCOMP_CWORD=${words.length - 1}\n_hawser\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-u', '-c', `${script}\n${ask}`], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').toSorted()).toEqual([...expected].toSorted());
    });
  },
);

describe.skipIf(!has('zsh'))(
  `hawser completion zsh${has('zsh') ? '' : ', skipped because this machine lacks zsh'}`,
  () => {
    it.each(cases)('%j', async (words, expected) => {
      const { stdout: script } = await cli.run(['completion', 'zsh']);
      // compadd works within the line editor alone: here it shows what it is given.
      const mocks = `compdef() { : }\n_files() { : }\ncompadd() { shift; printf '%s\\n' "$@" }`;
      const typed = words.map((word) => `'${word}'`).join(' ');
      const ask = `words=(${typed})\nCURRENT=${words.length}\n_hawser`;
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', `${mocks}\n${script}\n${ask}`], { encoding: 'utf8' });
      expect(stderr).toBe('');
      const begun = words.at(-1) ?? '';
      const offered = stdout
        .trim()
        .split('\n')
        .filter((word) => word.startsWith(begun));
      expect(offered.toSorted()).toEqual([...expected].toSorted());
    });
  },
);

it('commands that are completed are those that there are', async () => {
  const { stdout } = await cli.run(['completion', 'bash']);
  const { stdout: help } = await cli.run(['--help']);
  const [, names = ''] = /^ {4}''\) echo '(.*)' ;;$/m.exec(stdout) ?? [];
  for (const name of names.split(' ').filter((word) => !word.startsWith('-'))) expect(help).toContain(`\n  ${name}`);
});
