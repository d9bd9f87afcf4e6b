import type * as z from 'zod';
import { type ExitCode, exitCode, Failure, type Problem } from './failure.ts';
import { clean, cleanText, Output } from './output.ts';

/** For a response of the API. User input is checked elsewhere. */
export function unexpectedResponseFailure({ issues: [issue] }: z.ZodError): Failure {
  const where = issue?.path.join('.') || 'it';
  return new Failure(exitCode.failed, `this version cannot read Hawser's response: ${where}: ${issue?.message}`, {
    hint: 'do both have the same version? --json shows the response as it is',
  });
}

export function notWrittenFailure({ message }: Error): Failure {
  return new Failure(exitCode.failed, `the result can't be written: ${message}`);
}

/** Prints it to stderr. @returns the exit code */
export function printFailure(error: Failure, json: boolean): ExitCode {
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

/** Needed where the message is not enough: it names only the first problem, and no subject if that concerns the whole request. */
function problemsIn(problems: readonly Problem[] = []): string | undefined {
  const lines = problems.map(({ path, problem }) => `${path || 'the request'} ${problem}`);
  if (lines.length > 1) return ['the request is not valid:', ...lines].join('\n  ');
  return problems[0]?.path === '' ? lines[0] : undefined;
}
