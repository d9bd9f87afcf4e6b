import { decodeRequest } from '../../../core/events/stored-request.ts';
import type { SourceId } from '../../../core/ids.ts';
import { namesTypes } from '../../../core/verification/registry.ts';
import { eventTypeInRow, type TypedSource } from '../../shared/event-type.ts';
import type { StoredEvent } from '../../stores/event-row.ts';
import type { EventPage } from '../../stores/events.ts';
import type { Page } from '../../stores/page.ts';
import type { Services } from '../services.ts';

/**
 * What a page of a search may cost, whatever the number of sources: the rows that a page of all events reads, and four more
 * queries. A query ends at 1 MB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
 */
const FURTHER_QUERIES = 4;
const FURTHER_ROWS = 250;

/**
 * A row of 3 KB may hold half a megabyte of body, which takes up to 12 ms to unpack and parse. A thousand of those would take
 * longer than the function has. Ordinary webhooks come to a few megabytes.
 */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

interface SearchedSource extends TypedSource {
  readonly id: SourceId;
}

interface TypeSearch extends Pick<EventPage, 'limit' | 'after' | 'sinceMs' | 'untilMs' | 'nowMs'> {
  readonly eventType: string;
}

/** For each source that has types, its newest events of this type, as far as the search got. */
export async function eventsOfType(
  { events }: Pick<Services, 'events'>,
  sources: readonly SearchedSource[],
  { eventType, ...page }: TypeSearch,
): Promise<Page<StoredEvent, string>[]> {
  let bodyBytes = 0;
  const search = (source: SearchedSource, limit: number, after: string | undefined) => {
    const keep = (event: StoredEvent) => {
      const request = decodeRequest(event.request);
      if (request.body.kind === 'inline') bodyBytes += request.body.bytes.byteLength;
      return eventTypeInRow(source, request) === eventType;
    };
    return events.list(source.id, { ...page, limit, after, keep, maxQueries: 1 });
  };
  const typed = sources.filter(({ verification }) => verification && namesTypes(verification.shown));
  const lists = await Promise.all(
    typed.map(async (source) => ({ source, found: await search(source, page.limit, page.after) })),
  );
  for (let queries = 0; queries < FURTHER_QUERIES && bodyBytes < MAX_BODY_BYTES; queries++) {
    // A page ends where the source searched least far stopped, so only searching that one further makes the page longer.
    const last = lists.reduce(furthestBack, undefined);
    const after = last?.found.next;
    if (!last || after === undefined || isFull(lists, after, page.limit)) break;
    const more = await search(last.source, FURTHER_ROWS, after);
    last.found = { ...more, items: [...last.found.items, ...more.items] };
  }
  return lists.map(({ found }) => found);
}

interface SearchedList {
  readonly source: SearchedSource;
  found: Page<StoredEvent, string>;
}

/** Of two lists with more to search, the one that stopped at the newer event. */
function furthestBack(one: SearchedList | undefined, other: SearchedList): SearchedList | undefined {
  const [at, otherAt] = [one?.found.next, other.found.next];
  return otherAt !== undefined && (at === undefined || otherAt > at) ? other : one;
}

function isFull(lists: readonly SearchedList[], after: string, limit: number): boolean {
  const settled = lists.flatMap(({ found }) => found.items).filter(({ id }) => id >= after);
  return settled.length >= limit;
}
