import { type Command, InvalidArgumentError, Option } from 'commander';
import { Api } from './api.ts';
import { Output } from './output.ts';
import { type AccessOptions, accessTo } from './settings.ts';
import { readSettings, settingsFile } from './settings-file.ts';

interface CommonOptions extends AccessOptions {
  readonly json?: boolean;
}

/** One run of a command. */
export class Invocation<Options> {
  readonly args: readonly (string | undefined)[];
  readonly options: Options & CommonOptions;
  readonly out: Output;
  #api: Api | undefined;

  constructor(args: readonly (string | undefined)[], options: Options & CommonOptions) {
    this.args = args;
    this.options = options;
    this.out = new Output(options.json ?? false);
  }

  /** Calls the API with the credentials of the login, unless options or the environment give others. */
  async api(): Promise<Api> {
    const readStored = () => readSettings(settingsFile(process.env), (text) => this.out.note(text));
    this.#api ??= new Api(await accessTo(this.options, process.env, readStored));
    return this.#api;
  }
}

interface Definition<Options> {
  /** Name and arguments: `get <id>`. */
  readonly usage: string;
  readonly summary: string;
  /** Without the leading `hawser`. Shown by `--help`. */
  readonly examples: readonly string[];
  readonly options?: (command: Command) => Command;
  /** What the first argument may be, for shells to complete. The command itself refuses other values, with a better message. */
  readonly choices?: readonly string[];
  /** For commands that call no API. */
  readonly local?: boolean;
  run(invocation: Invocation<Options>): Promise<void>;
}

export function addCommand<Options>(parent: Command, definition: Definition<Options>): void {
  const command = parent
    .command(definition.usage)
    .description(definition.summary)
    .addHelpText('after', examplesText(definition.examples));
  examplesOf.set(command, definition.examples);
  definition.options?.(command);
  if (definition.local) withJson(command);
  else withCommonOptions(command);
  showRequiredOptions(command, definition.usage);
  if (definition.choices) command.registeredArguments[0]?.choices(definition.choices).argParser((given) => given);
  command.action(() =>
    definition.run(
      new Invocation(
        command.processedArgs as (string | undefined)[],
        optionsIncludingParents(command) as Options & CommonOptions,
      ),
    ),
  );
}

/** The options that every command takes, both before and after its name. */
export function withCommonOptions(command: Command): Command {
  return withJson(command)
    .option('--url <url>', 'URL of Hawser; default: HAWSER_URL, or that of the last login')
    .option('--organization <name>', 'with the root key: the organization to act in; default: HAWSER_ORGANIZATION');
}

function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, for programs');
}

/**
 * Includes options given before the command. If one is given twice, the last wins; with `optsWithGlobals` it would be the first.
 */
function optionsIncludingParents(command: Command): object {
  return { ...(command.parent && optionsIncludingParents(command.parent)), ...command.opts() };
}

/** Commander's usage shows every option as optional. */
function showRequiredOptions(command: Command, usage: string): void {
  const required = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
  if (required.length === 0) return;
  const [, ...args] = usage.split(' ');
  command.usage([...args, ...required, '[options]'].join(' '));
}

const examplesOf = new WeakMap<Command, readonly string[]>();

export function addGroup(parent: Command, name: string, summary: string): Command {
  const group = parent.command(name).description(summary).helpCommand('help [command]', 'print help');
  withCommonOptions(group);
  return group.addHelpText('after', () =>
    examplesText(group.commands.flatMap((child) => examplesOf.get(child)?.slice(0, 1) ?? [])),
  );
}

export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((one) => `  $ hawser ${one}`).join('\n')}`;
}

export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** An option whose values are known: `--help` lists them, and shells complete them. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values);
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
