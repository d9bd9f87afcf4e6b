import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../cli/program.ts';
import { Cli } from '../support/cli.ts';

/** Of somebody who is not signed in. */
let cli: Cli;
beforeAll(async () => {
  cli = await Cli.create();
});
afterAll(() => cli.dispose());

describe('hawser --help', () => {
  const commands = allOf(program());

  it('--help exits with 0', async () => {
    const { code, stdout } = await cli.run(['events', 'list', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: hawser events list [options]');
    expect(stdout).toContain('  $ hawser events list --source github --since 15m');
    expect((await cli.run(['--help'])).stdout).toContain('  $ hawser listen --source github');
  });

  it.each(commands.map(pathOf))('--help works for %s', async (path) => {
    const root = program();
    let shown = '';
    for (const command of allOf(root)) command.configureOutput({ writeOut: (text) => (shown += text) });
    const asked = root.parseAsync([...path.split(' '), '--help'], { from: 'user' });
    await expect(asked).rejects.toMatchObject({ exitCode: 0 });
    expect(shown).toMatch(new RegExp(`^Usage: hawser ${path} `));
  });

  it.each(commands.map((command) => [pathOf(command), command] as const))(
    'the help of %s has examples of that command',
    (path, command) => {
      const examples = examplesIn(command);
      expect(examples).not.toEqual([]);
      for (const example of examples) expect(`${example} `).toContain(`${path} `);
    },
  );

  it.each(commands.flatMap((command) => examplesIn(command)))(
    'an example in the help can be parsed: %s',
    async (example) => {
      const typed = example.replace(/ >>? .*| < .*/, '').replaceAll('…', 'x'.repeat(4));
      const words = [...typed.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const root = program();
      for (const command of allOf(root)) command.action(() => {});
      await root.parseAsync(words, { from: 'user' });
    },
  );

  it('the usage line shows required options, and the options of all commands come last', async () => {
    const { stdout: help } = await cli.run(['listen', '--help']);
    expect(help).toContain('Usage: hawser listen --source <id-or-name> --to <url> [options]\n');
    const options = [...help.matchAll(/^ {2}(?:-h, )?(--[a-z]+)/gm)].map(([, option]) => option);
    expect(options.slice(0, 2)).toEqual(['--source', '--to']);
    expect(options.slice(-4)).toEqual(['--json', '--url', '--organization', '--help']);
    const { stdout: trigger } = await cli.run(['trigger', '--help']);
    expect(trigger).toContain('Usage: hawser trigger <provider> --source <id-or-name> [options]\n');
    for (const text of [help, trigger]) expect(text).not.toContain('\n\n\n');
  });

  it('lines of help other than examples fit 80 columns', () => {
    for (const command of commands) {
      for (const line of helpOf(command)
        .split('\n')
        .filter((one) => !/^ {2}(\$ )?hawser /.test(one))) {
        expect(line.length, line).toBeLessThanOrEqual(80);
      }
    }
  });

  it.each([
    [['--json'], 'hawser'],
    [[], 'hawser'],
    [['sources', '--json'], 'hawser sources'],
  ])('a missing command is a failure that points to --help: %j', async (args, path) => {
    const { code, stdout, stderr } = await cli.run([...args, '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      error: 'a command is missing',
      hint: `${path} --help shows the usage`,
    });
  });

  it.each([
    [['help', 'bogus'], 'hawser'],
    [['help', 'bogus', 'list'], 'hawser'],
    [['bogus', '--help'], 'hawser'],
    [['help', 'sources', 'bogus'], 'hawser sources'],
    [['sources', 'help', 'bogus'], 'hawser sources'],
    [['sources', 'bogus', '-h'], 'hawser sources'],
  ])('help for an unknown command is a failure: %j', async (args, path) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`hawser: unknown command 'bogus'\n  ${path} --help shows the usage\n`);
    expect(JSON.parse((await cli.run(['--json', ...args])).stderr)).toMatchObject({ error: "unknown command 'bogus'" });
  });

  it.each([
    [['help'], 'hawser'],
    [['help', 'help'], 'hawser'],
    [['help', '--help'], 'hawser'],
    [['help', 'sources'], 'hawser sources'],
    [['help', 'sources', 'list'], 'hawser sources list'],
    [['sources', 'help', 'list'], 'hawser sources list'],
    [['sources', 'help', 'help'], 'hawser sources'],
    [['sources', '--help'], 'hawser sources'],
    [['--url', 'http://127.0.0.1:1', 'help', 'sources', 'list'], 'hawser sources list'],
    // Of a line that was typed before, with `help` in front.
    [['help', 'trigger', 'github', '--source', 'shop'], 'hawser trigger'],
  ])('help for a known command is shown: %j', async (args, path) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: ${path}( <provider> --source <id-or-name>)? \\[options\\]`));
  });

  it('only a close match is suggested, in the hint and not in the error', async () => {
    expect((await cli.run(['bogus'])).stderr).not.toContain('logout');
    const near = JSON.parse((await cli.run(['events', 'list', '--limt', '3', '--json'])).stderr);
    expect(near).toMatchObject({
      error: "unknown option '--limt'",
      hint: 'Did you mean --limit? hawser events list --help shows the usage',
    });
  });

  it('a usage error points to --help like every other failure', async () => {
    const { stderr } = await cli.run(['listen', '--source', 'github']);
    expect(stderr).toBe("hawser: required option '--to <url>' not specified\n  hawser listen --help shows the usage\n");
    expect((await cli.run(['nonsense'])).stderr).toMatch(
      /^hawser: unknown command 'nonsense'\n {2}hawser --help shows/,
    );
    expect((await cli.run(['sources', 'lst'])).stderr).toContain('Did you mean list?');
  });
});

function allOf(root: ReturnType<typeof program>) {
  return root.commands.flatMap((one) => [one, ...one.commands]);
}

function helpOf(command: ReturnType<typeof program>): string {
  let shown = '';
  command.configureOutput({ writeOut: (text) => (shown += text) }).outputHelp();
  return shown;
}

function examplesIn(command: ReturnType<typeof program>): string[] {
  return [...helpOf(command).matchAll(/^ {2}\$ hawser (.*)$/gm)].map(([, example = '']) => example);
}

function pathOf(command: ReturnType<typeof program>): string {
  const parent = command.parent?.name();
  return parent === undefined || parent === 'hawser' ? command.name() : `${parent} ${command.name()}`;
}
