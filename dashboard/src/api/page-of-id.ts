import { page } from './paths.ts';

const PREFIXES = 'evt|dlv|src|dst|con';
const idOf = (prefixes: string) => new RegExp(`\\b(${prefixes})_[0-9a-f]{32}(?![0-9a-f])`, 'i');
const ID = idOf(PREFIXES);
const EVENT_ID = idOf('evt');
const PART = new RegExp(`…[0-9a-f]{6}|\\b(${PREFIXES})_(…|\\.\\.\\.|[0-9a-f]{0,31}(?![0-9a-f]))`, 'i');
/** Only if there is nothing else: in a log line, many numbers look like this. */
const BARE_PART = /^\s*[0-9a-f]{6,32}\s*$/i;

/** The page of an id found in a text: an id as in a log, a URL, or a whole log line. `undefined` if there is none. */
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

/** Whether a text has only part of an id: as shown in tables of the dashboard, or as much as was selected. */
export function hasPartOfId(text: string): boolean {
  return PART.test(text) || BARE_PART.test(text);
}

/** The id of an event in a text, even if other ids come before it. */
export function eventIdIn(text: string): string | undefined {
  return EVENT_ID.exec(text)?.[0].toLowerCase();
}
