import { api } from './client.ts';
import { asSentence, leavesOpen, Problem } from './problem.ts';

/**
 * What may be deleted and was not said to be, by its path. For as long as the page is there, unlike `Tries`: an id is given once, so
 * that the next DELETE of it is never another one.
 */
const open = new Set<string>();

/**
 * Deletes something. Where that was not answered, and it is not there when it is sent again, it is deleted.
 * @throws Problem that says so where it may have been done
 */
export async function remove(path: string): Promise<void> {
  try {
    await api.delete(path);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (leavesOpen(error)) open.add(path);
    if (!open.has(path)) throw error;
    if (error.code !== 'RESOURCE_NOT_FOUND') throw told(error);
  }
  open.delete(path);
}

function told(problem: Problem): Problem {
  const message = `${asSentence(problem.message)} It may have been done all the same, and can be sent again.`;
  return new Problem(message, { ...problem, mayBeDone: true });
}
