import type { Route } from '../http/route.ts';

const verbs = { GET: 'get', POST: 'create', PATCH: 'update', DELETE: 'delete' } as const;

/**
 * The name of an operation in generated clients. It is derived from method and path, which never change:
 *
 *     GET  /v1/sources                   listSources
 *     POST /v1/sources                   createSource
 *     GET  /v1/sources/{id}              getSource
 *     GET  /v1/sources/{id}/destinations listSourceDestinations
 *     POST /v1/dead-letters/{id}/replay  replayDeadLetter
 *     POST /v1/dead-letters/replay       replayDeadLetters
 */
export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const segments = path.split('/').slice(2);
  const last = segments.at(-1) ?? '';
  const isParameter = last.startsWith('{');
  const isList = !isParameter && last.endsWith('s');
  const isAction = method === 'POST' && !isParameter && !isList && segments.length > 1;
  if (!isAction) return (isList && method === 'GET' ? 'list' : verbs[method]) + nounsOf(segments, method === 'GET');
  // `rotate-secret` of a destination is rotateDestinationSecret.
  const [verb = '', ...object] = last.split('-');
  return verb + nounsOf(segments.slice(0, -1), true) + pascal(object.join('-'));
}

/** @param many whether a list at the end means the whole list */
function nounsOf(segments: readonly string[], many: boolean): string {
  const nouns = segments.map((segment, index) => {
    const isWhole = index === segments.length - 1 && many;
    return segment.startsWith('{') ? '' : pascal(isWhole ? segment : singular(segment));
  });
  return nouns.join('');
}

function singular(noun: string): string {
  return noun.replace(/ies$/, 'y').replace(/s$/, '');
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^|[-.])(\w?)/g, (_, letter: string) => letter.toUpperCase());
}
