/** How the process ends; documented in docs/cli.md, and never changed. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  unreachable: 5,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** One of the things that are wrong with a request. */
export interface Problem {
  /** Empty for the request as a whole. */
  readonly path: string;
  readonly problem: string;
}

export interface FailureDetails {
  /** The API's code, where it was the API that refused. */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** Whether it never got as far as the API, so that nothing can have come of it. */
  readonly isUnsent?: boolean | undefined;
  /** When the API has said to come back. */
  readonly retryAfterSeconds?: number | undefined;
  /** Each of them, where the API has named them: the message has one line, and room for the first. */
  readonly problems?: readonly Problem[] | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** What ends a command: told in a sentence or two, without a stack. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly details: FailureDetails;

  constructor(code: ExitCode, message: string, details: FailureDetails = {}) {
    super(message);
    this.exitCode = code;
    this.details = details;
  }
}

export function usageFailure(message: string, hint?: string): Failure {
  return new Failure(exitCode.usage, message, { hint });
}
