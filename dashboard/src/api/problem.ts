/** One thing that is wrong with a request: where, and what. */
export interface Detail {
  readonly path: string;
  readonly problem: string;
}

const NO_ANSWER = 'NO_ANSWER';

/** An error response of the API, or the lack of a response. */
export class Problem extends Error {
  /** 0 if there was no response. */
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];
  readonly requestId: string | undefined;
  /** Whether it says when to come back: then it concerns the moment, not the request. */
  readonly isTemporary: boolean;
  /** Whether the request may have been done after all, and can be sent again: `IdempotentPosts`, `remove`. */
  readonly mayBeDone: boolean;

  constructor(
    message: string,
    response: {
      readonly status?: number;
      readonly code?: string | undefined;
      readonly details?: readonly Detail[] | undefined;
      readonly requestId?: string | undefined;
      readonly isTemporary?: boolean;
      readonly mayBeDone?: boolean;
    } = {},
  ) {
    super(message);
    this.name = 'Problem';
    this.status = response.status ?? 0;
    this.code = response.code ?? NO_ANSWER;
    this.details = response.details ?? [];
    this.requestId = response.requestId;
    this.isTemporary = response.isTemporary ?? false;
    this.mayBeDone = response.mayBeDone ?? false;
  }
}

/** Whether there was no response: the connection, or Hawser, is down. */
export function hasNoResponse({ code }: Problem): boolean {
  return code === NO_ANSWER;
}

/** Whether the outcome of a request is open: nobody answered, something in front of the API did, or the API failed. */
export function isOutcomeUnknown({ status }: Problem): boolean {
  return status < 400 || status >= 500;
}

/** For a message that is followed by others. The API's own end without a full stop. */
export function asSentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

/** Anything thrown, as a problem that can be shown. */
export function problemOf(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : faultOfThePage(thrown);
}

/** A fault of the page itself. @param what failed, as the beginning of a sentence that the error ends */
export function faultOfThePage(error: unknown, what?: string): Problem {
  const message = error instanceof Error ? error.message : String(error);
  return new Problem(what === undefined ? message : `${what}: ${message}`, { code: 'FAULT_OF_THE_PAGE' });
}

/** What a detail says about one field of a form. */
export function detailOf(problem: Problem | undefined, path: string): string | undefined {
  return problem?.details.find((detail) => detail.path === path || detail.path.startsWith(`${path}.`))?.problem;
}
