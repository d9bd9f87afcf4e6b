import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import type { Invocation } from './command.ts';
import { Failure } from './failure.ts';
import { howToRepeat } from './idempotent-post.ts';
import { printNote } from './note.ts';
import { notWrittenFailure, printFailure, unexpectedResponseFailure } from './report.ts';

export interface IdempotencyKeyOptions {
  readonly idempotencyKey?: string;
}

/** The API's format: functions/management/http/idempotency.ts. */
const KEY = /^[\x21-\x7e]{1,255}$/;

export function withIdempotencyKey(command: Command): Command {
  return command.option(
    '--idempotency-key <key>',
    'the key of the same command in the last 24 hours: show its secret, and do nothing twice',
    (key) => {
      if (!KEY.test(key)) throw new InvalidArgumentError('It must be 1 to 255 visible ASCII characters.');
      return key;
    },
  );
}

/**
 * Makes a request whose response has a secret that is never shown again, and shows it. If it can't, it says how to get the secret.
 */
export async function postAndShowSecret(
  invocation: Invocation<IdempotencyKeyOptions>,
  { path, body }: { readonly path: string; readonly body: object },
  show: (response: unknown) => void,
): Promise<void> {
  const { options, out } = invocation;
  const api = await invocation.api();
  const { response, key } = await api.postOnce(path, body, {
    key: options.idempotencyKey,
    tell: (message) => printNote(out, message),
  });
  // Runs before the general error listener: for this result a closed pipe is a failure too. That listener ends the process later.
  process.stdout.prependOnceListener('error', (error) => {
    process.exit(printFailure(notShownFailure(notWrittenFailure(error), howToRepeat(key)), out.json));
  });
  try {
    show(response);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw notShownFailure(
      unexpectedResponseFailure(error),
      `do both have the same version? ${howToRepeat(key, '--json and ')}`,
    );
  }
}

function notShownFailure({ exitCode, message, details }: Failure, hint: string): Failure {
  return new Failure(exitCode, `it is done, but ${message}`, { ...details, hint });
}
