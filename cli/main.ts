import { type Command, CommanderError } from 'commander';
import * as z from 'zod';
import { commandNamed, commandToExplain, refuseOptionsAsValues, whereItGoes, whereToLook } from './command-line.ts';
import { type ExitCode, exitCode, Failure, type Problem, usageFailure } from './failure.ts';
import { clean, cleanText, Output } from './output.ts';
import { program } from './program.ts';
import { endWithOlderNode } from './starter.ts';

/** Runs one command line, and sets how the process ends. */
export async function main(args: readonly string[]): Promise<void> {
  endWithOlderNode();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosed(error)) return end();
    process.stderr.write(`hawser: the result can't be written: ${error.message}\n`);
    process.exitCode = exitCode.failed;
    end();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    // A full disk takes no word beside the result: the result is what counts.
    if (isClosed(error)) end();
  });
  const json = args.includes('--json');
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

/** `hawser events list | head` ends when head has seen enough, and that is no failure. EIO: the terminal was closed. */
function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO';
}

/** With the exit code that it has, if any. */
function end(): void {
  // What has something to clean up listens to this.
  if (!process.emit('SIGTERM')) process.exit();
}

function report(error: unknown, root: Command, args: readonly string[], json: boolean): number {
  if (error instanceof CommanderError) {
    // Help and version.
    if (error.exitCode === 0) return exitCode.done;
    const named = commandNamed(root, args);
    const hint = whereToLook(named.path);
    if (error.code === 'commander.help') {
      // People have seen the help.
      return json ? tell(usageFailure('a command is missing', hint), json) : exitCode.usage;
    }
    return tell(mistakeIn(error.message, whereItGoes(named) ?? hint), json);
  }
  const failure = error instanceof z.ZodError ? strangeAnswer(error) : error;
  if (!(failure instanceof Failure)) throw failure;
  return tell(failure, json);
}

/** What commander says of it, and on a line below it what may have been meant. */
function mistakeIn(message: string, hint: string): Failure {
  const [, said = message, , suggested] =
    /^(?:error: )?(.*?)(\n\(Did you mean (?:one of )?(.+)\?\))?$/s.exec(message) ?? [];
  const near = suggested?.split(', ').filter((one) => isNear(one, said)) ?? [];
  return usageFailure(said, near.length === 0 ? hint : `Did you mean ${near.join(' or ')}? ${hint}`);
}

/** Of six letters three may be others for commander: nobody takes `bogus` for `logout`. Hardly anyone mistypes the first. */
function isNear(suggested: string, said: string): boolean {
  const [, first] = /'-*(.)/.exec(said) ?? [];
  return suggested.replace(/^-+/, '')[0] === first;
}

/** What is typed is checked elsewhere: this is an answer of the API. */
function strangeAnswer({ issues: [issue] }: z.ZodError): Failure {
  const where = issue?.path.join('.') || 'it';
  return new Failure(
    exitCode.failed,
    `Hawser's answer is not what this command line knows: ${where}: ${issue?.message}`,
    {
      hint: 'are the two of the same version? --json shows answers as they are',
    },
  );
}

function tell(error: Failure, json: boolean): ExitCode {
  const { code, status, requestId, problems, hint } = error.details;
  if (json) {
    const nothing = null;
    new Output(true, process.stderr).documentLine({
      error: error.message,
      code: code ?? nothing,
      status: status ?? nothing,
      request_id: requestId ?? nothing,
      details: problems ?? nothing,
      hint: hint ?? nothing,
    });
    return error.exitCode;
  }
  const about = [code, requestId && `request ${requestId}`].filter(Boolean).join(', ');
  process.stderr.write(`hawser: ${cleanText(problemsIn(problems) ?? error.message)}${about && ` (${clean(about)})`}\n`);
  if (hint) process.stderr.write(`  ${clean(hint)}\n`);
  return error.exitCode;
}

/** Where the message does not say it all: it has the first of several, and of what is wrong with the whole request no subject. */
function problemsIn(problems: readonly Problem[] = []): string | undefined {
  const lines = problems.map(({ path, problem }) => `${path || 'the request'} ${problem}`);
  if (lines.length > 1) return ['the request is not valid:', ...lines].join('\n  ');
  return problems[0]?.path === '' ? lines[0] : undefined;
}
