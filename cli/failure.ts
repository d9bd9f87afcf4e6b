/** The exit codes. They are documented in docs/cli.md and never change. */
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
  /** The API's code, if the API refused. */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** Whether the request never reached the API, so that it can't have had any effect. */
  readonly isUnsent?: boolean | undefined;
  /** When to come back, if the API has said so. */
  readonly retryAfterSeconds?: number | undefined;
  /** All problems, if the API named them. The message is one line and has room only for the first. */
  readonly problems?: readonly Problem[] | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** An error that ends a command. It is shown in a sentence or two, without a stack. */
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
