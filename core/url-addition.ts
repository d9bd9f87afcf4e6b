import { grouped } from './grouped.ts';

/** What is added to the URL of a destination for one request. */
export interface UrlAddition {
  /** Appended to the URL's path. */
  readonly path: string;
  /** Appended to the URL's query. */
  readonly query: string;
}

/** RFC 9110 §4.1: what every server is to take, and few take more. */
const MAX_LENGTH = 8_000;

/** Spellings of a dot and of what separates segments, for URLs or for servers that decode a path before they look at it. */
const DOT = /%2e/gi;
const SEPARATOR = /[/\\]|%2f|%5c/i;

/** Why nothing of this form may be added to a URL, if so. */
export function additionProblem({ path, query }: UrlAddition): string | undefined {
  return problemOf('path', path) ?? problemOf('query', query) ?? (climbs(path) ? 'path has a dot segment' : undefined);
}

function problemOf(name: string, text: string): string | undefined {
  if (text.length > MAX_LENGTH)
    return `${name} has ${grouped(text.length)} characters; the limit is ${grouped(MAX_LENGTH)}`;
  // URLs lose tabs and line breaks: `.\t.` would be a dot segment.
  return /\p{Cc}/u.test(text) ? `${name} has control characters` : undefined;
}

/** Refused, not resolved: what stands in a path may be the sender's. */
function climbs(path: string): boolean {
  return path.split(SEPARATOR).some((segment) => ['.', '..'].includes(segment.replace(DOT, '.')));
}

/**
 * The URL with what is added: scheme, host and what it has of its own stay as they are spelled. Both setters encode what would
 * begin another part of a URL. https://url.spec.whatwg.org/#dom-url-pathname
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
