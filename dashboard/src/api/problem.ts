/** One thing that is wrong with a request: where, and what. */
export interface Detail {
  readonly path: string;
  readonly problem: string;
}

const NO_ANSWER = 'NO_ANSWER';

/** What the API answered in place of what was asked for, or that it did not answer. */
export class Problem extends Error {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly details: readonly Detail[];
  readonly requestId: string | undefined;
  /** Whether it says when to come back: it is about this moment, not about the request. */
  readonly isPassing: boolean;
  /** Whether what was asked for may have been done all the same, and can be sent again: `Tries`, `remove`. */
  readonly mayBeDone: boolean;

  constructor(
    message: string,
    answer: {
      readonly status?: number;
      readonly code?: string | undefined;
      readonly details?: readonly Detail[] | undefined;
      readonly requestId?: string | undefined;
      readonly isPassing?: boolean;
      readonly mayBeDone?: boolean;
    } = {},
  ) {
    super(message);
    this.name = 'Problem';
    this.status = answer.status ?? 0;
    this.code = answer.code ?? NO_ANSWER;
    this.details = answer.details ?? [];
    this.requestId = answer.requestId;
    this.isPassing = answer.isPassing ?? false;
    this.mayBeDone = answer.mayBeDone ?? false;
  }
}

/** Whether nobody has answered: the connection, or Hawser, is down. */
export function hasNoAnswer({ code }: Problem): boolean {
  return code === NO_ANSWER;
}

/** Whether it leaves open what came of a request: nobody has answered, one who stands before the API has, or the API has failed. */
export function leavesOpen({ status }: Problem): boolean {
  return status < 400 || status >= 500;
}

/** A message that others follow. The API's own have no full stop. */
export function asSentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

/** Whatever was thrown, as something that can be shown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem(thrown instanceof Error ? thrown.message : String(thrown), { code: 'FAULT_OF_THE_PAGE' });
}

/** What a detail says about one field of a form. */
export function detailOf(problem: Problem | undefined, path: string): string | undefined {
  return problem?.details.find((detail) => detail.path === path || detail.path.startsWith(`${path}.`))?.problem;
}
