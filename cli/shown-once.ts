import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { aside } from './aside.ts';
import type { Invocation } from './command.ts';
import { Failure } from './failure.ts';
import { sameCommandWith } from './once.ts';
import { strangeResponse, tell, unwritten } from './report.ts';

export interface KeyOptions {
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
 * Makes a request whose answer has a secret that is never shown again, and shows it. If it can't, it says how to get the secret.
 */
export async function showOnce(
  invocation: Invocation<KeyOptions>,
  { path, body }: { readonly path: string; readonly body: object },
  show: (answer: unknown) => void,
): Promise<void> {
  const { options, out } = invocation;
  const api = await invocation.api();
  const { answer, key } = await api.postOnce(path, body, {
    key: options.idempotencyKey,
    tell: (message) => aside(out, message),
  });
  // Runs before the general error listener: for this result a closed pipe is a failure too. That listener ends the process later.
  process.stdout.prependOnceListener('error', (error) => {
    process.exit(tell(notShown(unwritten(error), sameCommandWith(key)), out.json));
  });
  try {
    show(answer);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw notShown(strangeResponse(error), `do both have the same version? ${sameCommandWith(key, '--json and ')}`);
  }
}

function notShown({ exitCode, message, details }: Failure, hint: string): Failure {
  return new Failure(exitCode, `it is done, but ${message}`, { ...details, hint });
}
