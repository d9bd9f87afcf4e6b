import type { Problem } from '../api/problem.ts';

/**
 * Why something may not be found, in words. Which of it is the case the API tells nobody: it knows of no difference between what is not
 * there and what belongs to somebody else.
 * @param organization that one is signed in to
 */
export function notFoundHint({ code, message }: Problem, organization: string): string | undefined {
  if (code !== 'RESOURCE_NOT_FOUND') return undefined;
  const isKeptForATime = /\b(?:evt|dlv)_/.test(message);
  const gone = isKeptForATime
    ? 'It may have expired, as events and deliveries are kept for a limited time'
    : 'It may have been deleted';
  return `${gone}, or belong to another organization than “${organization}”, in which you are signed in. If so, sign in with a key of that one.`;
}
