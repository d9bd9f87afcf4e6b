import { formatInteger } from '../format-integer.ts';

/** Path and query that are appended to a destination's URL for one request. */
export interface UrlAddition {
  /** Appended to the URL's path. */
  readonly path: string;
  /** Appended to the URL's query. */
  readonly query: string;
}

/** RFC 9110 §4.1: every server should accept this length, and few accept more. */
const MAX_LENGTH = 8_000;

/** Spellings of dots and segment separators, by URL parsers or by servers that decode a path first. */
const DOT = /%2e/gi;
const SEPARATOR = /[/\\]|%2f|%5c/i;

/** Why this must not be appended to a URL; `undefined` if it may. */
export function additionProblem({ path, query }: UrlAddition): string | undefined {
  return (
    problemOf('path', path) ?? problemOf('query', query) ?? (hasDotSegment(path) ? 'path has a dot segment' : undefined)
  );
}

function problemOf(name: string, text: string): string | undefined {
  if (text.length > MAX_LENGTH)
    return `${name} has ${formatInteger(text.length)} characters; the limit is ${formatInteger(MAX_LENGTH)}`;
  // URLs drop tabs and line breaks: `.\t.` would become a dot segment.
  return /\p{Cc}/u.test(text) ? `${name} has control characters` : undefined;
}

/** Refused, not resolved: parts of a path may come from the sender. */
function hasDotSegment(path: string): boolean {
  return path.split(SEPARATOR).some((segment) => ['.', '..'].includes(segment.replace(DOT, '.')));
}

/**
 * The URL with the addition. Scheme, host and the URL's own path and query stay as they are spelled. Both setters
 * encode characters that would begin another part of a URL. https://url.spec.whatwg.org/#dom-url-pathname
 * @param addition without problems
 */
export function withAddition(url: URL, { path, query }: UrlAddition): URL {
  const extended = new URL(url);
  if (path !== '') extended.pathname = `${url.pathname.replace(/\/$/, '')}/${path.replace(/^\//, '')}`;
  if (query !== '') extended.search = joinedQuery(url.search, query);
  return extended;
}

/** @param search with its question mark, if there is any */
function joinedQuery(search: string, query: string): string {
  return `${search}${search === '' ? '?' : '&'}${query.replace(/^\?/, '')}`;
}
