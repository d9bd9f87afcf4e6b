import type { ClientRequest } from 'node:http';

/**
 * Answers such as `103 Early Hints` that may come before the answer itself. Honest servers send one or two. Node counts none of them
 * against its limits, and each takes time in which nobody else's delivery moves: a receiver that sends nothing else, as fast as it
 * can, would let all others run into their timeouts.
 */
const MAX_INTERIM_ANSWERS = 16;

class InterimAnswersError extends Error {
  readonly code = 'INVALID_RESPONSE';

  constructor() {
    super(`more than ${MAX_INTERIM_ANSWERS} interim answers (1xx) came, and not the answer itself`);
    this.name = 'InterimAnswersError';
  }
}

/** Breaks the request off when too many interim answers have come. */
export function limitInterimAnswers(request: ClientRequest): void {
  let count = 0;
  request.on('information', () => {
    count += 1;
    if (count > MAX_INTERIM_ANSWERS) request.destroy(new InterimAnswersError());
  });
}
