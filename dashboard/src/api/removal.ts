import { api } from './client.ts';
import { asSentence, isOutcomeUnknown, Problem } from './problem.ts';

/**
 * Paths of things that may have been deleted, without an answer that says so. Kept for as long as the page is open, unlike
 * `IdempotentPosts`: an id is never reused, so the next DELETE of it always means the same thing.
 */
const open = new Set<string>();

/**
 * Deletes something. If there was no answer, and the repeat finds that it is gone, it has been deleted.
 * @throws Problem that says so if it may have been done
 */
export async function remove(path: string): Promise<void> {
  try {
    await api.delete(path);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (isOutcomeUnknown(error)) open.add(path);
    if (!open.has(path)) throw error;
    if (error.code !== 'RESOURCE_NOT_FOUND') throw withResendNotice(error);
  }
  open.delete(path);
}

function withResendNotice(problem: Problem): Problem {
  const message = `${asSentence(problem.message)} It may have been done anyway, and can be sent again.`;
  return new Problem(message, { ...problem, mayBeDone: true });
}
