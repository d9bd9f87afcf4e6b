import type { Command, Option } from 'commander';

/** The command that a command line names, as far as it is one. */
export interface Named {
  readonly command: Command;
  /** Its words, `hawser` first. */
  readonly path: readonly string[];
  /** What stands behind them, but for options that may stand anywhere. */
  readonly rest: readonly string[];
}

export function commandNamed(root: Command, args: readonly string[]): Named {
  return commandIn(root, wordsOf(root, args), [root.name()]);
}

function commandIn(around: Command, words: readonly string[], path: readonly string[]): Named {
  const [word = '', ...rest] = words;
  const next = commandOf(around, word);
  return next ? commandIn(next, rest, [...path, word]) : { command: around, path, rest: words };
}

function commandOf(around: Command, word: string): Command | undefined {
  return around.commands.find((one) => one.name() === word);
}

/** Without the options that may stand anywhere among them: those that the root has. */
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

export function whereToLook(path: readonly string[]): string {
  return `${path.join(' ')} --help shows what there is`;
}

/** Of an option that stands before the command whose it is. */
export function whereItGoes({ command, path, rest: [option = '', ...words] }: Named): string | undefined {
  const at = words.findIndex((word) => commandOf(command, word) !== undefined);
  const meant = commandIn(command, at < 0 ? [] : words.slice(at), path);
  if (meant.command === command || !optionOf(meant.command, option)) return undefined;
  const flag = flagOf(option);
  return `${flag} goes behind the command: ${meant.path.join(' ')} ${flag} …`;
}
