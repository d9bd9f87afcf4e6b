import type { Problem } from '../api/problem.ts';
import { isolated } from './bidi.ts';

/** Something that was asked for by its id and is not there. */
export interface NotFound {
  readonly told: string;
  /** What to do. */
  readonly hint: string;
  /** Whether a different key may find it. */
  readonly mayBeElsewhere: boolean;
}

const kinds: Readonly<Record<string, string>> = {
  evt: 'event',
  dlv: 'delivery',
  src: 'source',
  dst: 'destination',
  con: 'connection',
};

/**
 * Why something may not be found, in words. The API does not tell which reason applies: it makes no difference between what does
 * not exist and what belongs to somebody else.
 * @param organization the one of the current session
 */
export function notFound(problem: Problem, organization: string): NotFound | undefined {
  const isNoId = isAboutTheAddress(problem);
  if (problem.code !== 'RESOURCE_NOT_FOUND' && !isNoId) return undefined;
  const kind = kinds[/\b(evt|dlv|src|dst|con)_/.exec(problem.message)?.[1] ?? ''];
  if (isNoId) {
    return {
      told: `There is no such ${kind ?? 'thing'}`,
      hint: 'The address does not contain a valid id. Was it copied completely and unchanged?',
      mayBeElsewhere: false,
    };
  }
  const gone =
    kind === 'event' || kind === 'delivery'
      ? 'It may have expired (events and deliveries are kept for a limited time)'
      : 'It may have been deleted';
  return {
    told: problem.message,
    hint: `${gone}, or belong to an organization other than “${isolated(organization)}”, where you are signed in. If so, sign in with a key of that organization.`,
    mayBeElsewhere: true,
  };
}

/** The API uses this name for the id in a request's path, and for no field of a form. */
function isAboutTheAddress({ code, details }: Problem): boolean {
  return code === 'VALIDATION_FAILED' && details.length > 0 && details.every(({ path }) => path === 'id');
}
