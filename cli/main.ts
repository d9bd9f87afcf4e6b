import { type Command, CommanderError } from 'commander';
import * as z from 'zod';
import { commandToExplain, findCommand, helpHint, misplacedOptionHint, refuseOptionsAsValues } from './command-line.ts';
import { exitCode, Failure, usageFailure } from './failure.ts';
import { program } from './program.ts';
import { notWrittenFailure, printFailure, unexpectedResponseFailure } from './report.ts';
import { endWithOlderNode } from './starter.ts';

/** Runs one command line, and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  endWithOlderNode();
  const json = args.includes('--json');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isClosed(error)) process.exitCode = printFailure(notWrittenFailure(error), json);
    end();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    // A full disk loses only a note beside the result, and the result is what counts.
    if (isClosed(error)) end();
  });
  const root = program({ silent: json });
  try {
    const explained = commandToExplain(root, args);
    if (explained) return explained.outputHelp();
    refuseOptionsAsValues(root, args);
    await root.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, root, args, json);
  }
}

/** `hawser events list | head` ends when head has seen enough, which is not a failure. EIO means that the terminal was closed. */
function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO';
}

/** With whatever exit code is set. */
function end(): void {
  // Commands with something to clean up listen to this.
  if (!process.emit('SIGTERM')) process.exit();
}

function report(error: unknown, root: Command, args: readonly string[], json: boolean): number {
  if (error instanceof CommanderError) {
    // Help and version.
    if (error.exitCode === 0) return exitCode.done;
    const named = findCommand(root, args);
    const hint = helpHint(named.path);
    if (error.code === 'commander.help') {
      // People have already been shown the help.
      return json ? printFailure(usageFailure('a command is missing', hint), json) : exitCode.usage;
    }
    return printFailure(mistakeIn(error.message, misplacedOptionHint(named) ?? hint), json);
  }
  const failure = error instanceof z.ZodError ? unexpectedResponseFailure(error) : error;
  if (!(failure instanceof Failure)) throw failure;
  return printFailure(failure, json);
}

/** Commander's message, and below it what may have been meant. */
function mistakeIn(message: string, hint: string): Failure {
  const [, said = message, , suggested] =
    /^(?:error: )?(.*?)(\n\(Did you mean (?:one of )?(.+)\?\))?$/s.exec(message) ?? [];
  const near = suggested?.split(', ').filter((one) => isNear(one, said)) ?? [];
  return usageFailure(said, near.length === 0 ? hint : `Did you mean ${near.join(' or ')}? ${hint}`);
}

/**
 * For commander, three of six letters may differ, but nobody types `bogus` for `logout`. Hardly anyone gets the first letter
 * wrong.
 */
function isNear(suggested: string, said: string): boolean {
  const [, first] = /'-*(.)/.exec(said) ?? [];
  return suggested.replace(/^-+/, '')[0] === first;
}
