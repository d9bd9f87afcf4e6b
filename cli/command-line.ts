import type { Command, Option } from 'commander';
import { usageFailure } from './failure.ts';
import { clean } from './output.ts';

/** The command that a command line names, as far as it can be recognized. */
export interface NamedCommand {
  readonly command: Command;
  /** Its words, `hawser` first. */
  readonly path: readonly string[];
  /** What follows those words, without the options that may stand anywhere. */
  readonly rest: readonly string[];
}

export function findCommand(root: Command, args: readonly string[]): NamedCommand {
  return commandIn(root, wordsOf(root, args), [root.name()]);
}

function commandIn(around: Command, words: readonly string[], path: readonly string[]): NamedCommand {
  const [word = '', ...rest] = words;
  const next = commandOf(around, word);
  return next ? commandIn(next, rest, [...path, word]) : { command: around, path, rest: words };
}

function commandOf(around: Command, word: string): Command | undefined {
  return around.commands.find((one) => one.name() === word);
}

/** Without the root's options, which may stand anywhere. */
function wordsOf(root: Command, args: readonly string[]): readonly string[] {
  const words: string[] = [];
  let isValue = false;
  for (const arg of args) {
    const option: Option | undefined = isValue ? undefined : optionOf(root, arg);
    if (!isValue && !option) words.push(arg);
    isValue = option?.required === true && !arg.includes('=');
  }
  return words;
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ long }) => long === flagOf(word));
}

/** `--limit` of `--limit=3`. */
function flagOf(word: string): string {
  return word.replace(/=.*/s, '');
}

/**
 * The command that `help` or `--help` asks about, where commander would not find it. Commander looks at only one word after
 * `help`, and for an unknown command it shows the help of the group.
 * @throws Failure when there is no such command
 */
export function commandToExplain(root: Command, args: readonly string[]): Command | undefined {
  const { command, path, rest } = findCommand(root, args);
  const [first, ...behind] = rest;
  if (isLeaf(command) || first === undefined || first.startsWith('-')) return undefined;
  if (first !== 'help' && !behind.some(isHelpFlag)) return undefined;
  const words = (first === 'help' ? behind : rest).filter((word) => !word.startsWith('-'));
  const asked = commandIn(command, words, path);
  const [unknown = 'help'] = asked.rest;
  // A command without subcommands takes the remaining words as arguments.
  if (isLeaf(asked.command) || unknown === 'help') return asked.command;
  throw usageFailure(`unknown command '${clean(unknown)}'`, helpHint(asked.path));
}

/**
 * Commander takes whatever follows an option for its value, but nobody who types `--search --json` searches for `--json`.
 * @throws Failure if a value begins like an option and is not given with `=`
 */
export function refuseOptionsAsValues(root: Command, args: readonly string[]): void {
  const { command, path } = findCommand(root, args);
  const known = optionsTakenBy(command);
  let before: Option | undefined;
  for (const arg of args) {
    if (before !== undefined && arg.startsWith('--')) {
      const hint = `a value that begins with -- is given as ${before.long}=${clean(arg)}`;
      const asked = arg === '--help' ? `${helpHint(path)}; ` : '';
      throw usageFailure(`option '${before.flags}' argument missing`, `${asked}${hint}`);
    }
    if (arg === '--') return;
    before = before === undefined ? known.find(({ long, required }) => required && long === arg) : undefined;
  }
}

/** Including the options of its parents. */
function optionsTakenBy({ options, parent }: Command): readonly Option[] {
  return parent ? [...options, ...optionsTakenBy(parent)] : options;
}

function isLeaf({ commands }: Command): boolean {
  return commands.length === 0;
}

function isHelpFlag(word: string): boolean {
  return word === '--help' || word === '-h';
}

export function helpHint(path: readonly string[]): string {
  return `${path.join(' ')} --help shows the usage`;
}

/** For an option given before its command. Its value may also be the name of a command. */
export function misplacedOptionHint({
  command,
  path,
  rest: [option = '', ...words],
}: NamedCommand): string | undefined {
  const meant = words
    .map((_, at) => commandIn(command, words.slice(at), path))
    .find((one) => one.command !== command && optionOf(one.command, option) !== undefined);
  if (meant === undefined) return undefined;
  const flag = flagOf(option);
  return `${flag} goes after the command: ${meant.path.join(' ')} ${flag} …`;
}
