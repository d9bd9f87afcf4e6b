import { page } from './paths.ts';

const PREFIXES = 'evt|dlv|src|dst|con';
const idOf = (prefixes: string) => new RegExp(`\\b(${prefixes})_[0-9a-f]{32}(?![0-9a-f])`, 'i');
const ID = idOf(PREFIXES);
const EVENT_ID = idOf('evt');
const PART = new RegExp(`…[0-9a-f]{6}|\\b(${PREFIXES})_(…|\\.\\.\\.|[0-9a-f]{0,31}(?![0-9a-f]))`, 'i');
/** Where nothing else is given: in a line of a log, many a number looks so. */
const BARE_PART = /^\s*[0-9a-f]{6,32}\s*$/i;

/** The page of the id in a text: an id as logs have it, a URL, a line of a log. `undefined` where there is none. */
export function pageOfId(text: string): string | undefined {
  const id = ID.exec(text)?.[0].toLowerCase();
  if (id === undefined) return undefined;
  const pages: Readonly<Record<string, (id: string) => string>> = {
    evt: page.event,
    dlv: page.delivery,
    src: page.source,
    dst: page.destination,
    con: page.connection,
  };
  return pages[id.slice(0, 3)]?.(id);
}

/** Whether there is but a part of an id in a text: as tables of the dashboard show it, or as much as was marked. */
export function hasPartOfId(text: string): boolean {
  return PART.test(text) || BARE_PART.test(text);
}

/** The id of an event in a text, also where others stand before it. */
export function eventIdIn(text: string): string | undefined {
  return EVENT_ID.exec(text)?.[0].toLowerCase();
}
