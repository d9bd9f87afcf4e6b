import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TYPES } from '../../cli/commands/destinations.ts';
import { destinationTypes } from '../../core/destination-types/registry.ts';
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
  [['hawser', '--j'], ['--json']],
  [['hawser', '--json', '--url', 'sources', 'dest'], ['destinations']],
  [['hawser', 'sources', '--organization', 'get', 'd'], ['delete']],
  [
    ['hawser', 'events', 'list', '--s'],
    ['--source', '--since'],
  ],
  // The name of a source is no command, though it may be spelled like one.
  [['hawser', 'listen', '--source', 'shop', '--to', '3000', '--ve'], ['--verbose']],
  [['hawser', 'keys', 'create', 'laptop', '--sc'], ['--scope']],
  [
    ['hawser', 'trigger', 's'],
    ['stripe', 'shopify', 'slack', 'square', 'standard-webhooks'],
  ],
  [['hawser', 'completion', 'z'], ['zsh']],
  [
    ['hawser', 'deliveries', 'list', '--status', ''],
    ['pending', 'retrying', 'held', 'succeeded', 'dead', 'cancelled'],
  ],
  [
    ['hawser', 'destinations', 'list', '--type', 's'],
    ['sqs', 's3'],
  ],
  [['hawser', 'destinations', 'create', 'https://a.example', '--type', 'k'], ['kafka']],
  [
    ['hawser', 'destinations', 'list', '--enabled', ''],
    ['true', 'false'],
  ],
  [
    ['hawser', 'destinations', 'health', 'orders', '--window', ''],
    ['1h', '24h', '7d'],
  ],
  [['hawser', 'keys', 'create', 'laptop', '--scope', 'w'], ['write']],
  [
    ['hawser', 'trigger', 'github', '--source', 'shop', '--event', 'p'],
    ['push', 'pull_request', 'ping'],
  ],
  // What follows an option is its value, though it may be spelled like a command or a provider.
  [['hawser', 'trigger', '--source', 'github', 'str'], ['stripe']],
  [['hawser', 'listen', '--source', '--'], []],
];

const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined;

describe.skipIf(!has('bash'))(
  `hawser completion bash${has('bash') ? '' : ', skipped because this machine lacks bash'}`,
  () => {
    it.each(cases)('%j', async (words, expected) => {
      const { stdout: script } = await cli.run(['completion', 'bash']);
      const typed = words.map((word) => `'${word}'`).join(' ');
      const ask = `COMP_WORDS=(${typed})\nCOMP_CWORD=${words.length - 1}\n_hawser\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-u', '-c', `${script}\n${ask}`], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').filter(Boolean).toSorted()).toEqual([...expected].toSorted());
    });
  },
);

describe.skipIf(!has('zsh'))(
  `hawser completion zsh${has('zsh') ? '' : ', skipped because this machine lacks zsh'}`,
  () => {
    it.each(cases)('%j', async (words, expected) => {
      const { stdout: script } = await cli.run(['completion', 'zsh']);
      // compadd works within the line editor alone: here it shows what matches of that which it is given.
      const mocks = `compdef() { : }
_files() { print files }
compadd() { shift; local word none=1; for word; do [[ $word == \${words[CURRENT]}* ]] && { print -r -- $word; none=0 }; done; return none }`;
      const typed = words.map((word) => `'${word}'`).join(' ');
      const ask = `words=(${typed})\nCURRENT=${words.length}\n_hawser`;
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', `${mocks}\n${script}\n${ask}`], { encoding: 'utf8' });
      expect(stderr).toBe('');
      // Files beside commands would keep a command from being completed.
      const offered = expected.length === 0 ? ['files'] : [...expected];
      expect(stdout.trim().split('\n').toSorted()).toEqual(offered.toSorted());
    });
  },
);

it('the completed commands are those that the help lists', async () => {
  const { stdout } = await cli.run(['completion', 'bash']);
  const { stdout: help } = await cli.run(['--help']);
  const [, words = ''] = /^ {4}''\) echo '(.*)' ;;$/m.exec(stdout) ?? [];
  const [, commands = ''] = /\nCommands:\n(.*?)\n\n/s.exec(help) ?? [];
  const listed = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  expect(listed).toContain('listen');
  expect(words.split(' ').filter((word) => !word.startsWith('-'))).toEqual(listed.filter((name) => name !== 'help'));
});

it('with --json the script is a field of a document', async () => {
  const { stdout: script } = await cli.run(['completion', 'zsh']);
  expect(await cli.json('completion', 'zsh')).toEqual({ shell: 'zsh', script: script.trimEnd() });
});

it('the completed destination types are those of the API', () => {
  expect(TYPES).toEqual(destinationTypes);
});
