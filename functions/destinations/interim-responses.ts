import type { ClientRequest } from 'node:http';

/**
 * Responses such as `103 Early Hints` that may precede the final one. Honest servers send one or two. Node counts none of them
 * against its limits, and each takes time in which no other delivery makes progress: a receiver that floods us with them would
 * make all others time out.
 */
const MAX_INTERIM_RESPONSES = 16;

class InterimResponsesError extends Error {
  readonly code = 'INVALID_RESPONSE';

  constructor() {
    super(`received more than ${MAX_INTERIM_RESPONSES} interim responses (1xx) and no final one`);
    this.name = 'InterimResponsesError';
  }
}

/** Aborts the request after too many interim responses. */
export function limitInterimResponses(request: ClientRequest): void {
  let count = 0;
  request.on('information', () => {
    count += 1;
    if (count > MAX_INTERIM_RESPONSES) request.destroy(new InterimResponsesError());
  });
}
