import { type CompiledFilter, compileFilter, type Filter, type FilterVerdict } from '../../core/filter/filter.ts';
import {
  FilteredBody,
  FilteredRequest,
  FilterFailure,
  MAX_FILTERED_BODY_BYTES,
} from '../../core/filter/filtered-request.ts';
import { decodeRequest, type RequestHead, type StoredRequest } from '../../core/stored-request.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';
import { type SourceOf, storedEventType } from './event-type.ts';
import { keepNewest } from './newest-entries.ts';

export interface EventFiltersOptions {
  readonly events: Pick<EventStore, 'bodyOf'>;
  /** Called only if a filter is about event types. */
  readonly source: SourceOf;
}

/** The event that filters are evaluated on: a stored or a given one. Only what filters need of it is read. */
interface FilterSubject {
  readonly head: Pick<RequestHead, 'method' | 'path' | 'query' | 'headers'>;
  readonly bodyBytes: number;
  readonly body: () => Promise<Uint8Array | undefined>;
  readonly eventType: (body: Uint8Array) => Promise<string | undefined>;
}

const MATCHES: FilterVerdict = { kind: 'matches' };
const MAX_COMPILED = 1_000;

/** Evaluates the filters of connections. */
export class EventFilters {
  readonly #options: EventFiltersOptions;
  /** Compiled once for each text, as what a text means never changes. */
  readonly #compiled = new Map<string, CompiledFilter>();

  constructor(options: EventFiltersOptions) {
    this.#options = options;
  }

  /** @returns evaluates one filter after another; what several of them need is read and parsed once */
  about({ request: encoded, sourceId }: StoredEvent): (filter: Filter | null) => Promise<FilterVerdict> {
    let request: StoredRequest | undefined;
    let ask: ((filter: Filter) => Promise<FilterVerdict>) | undefined;
    return async (filter) => {
      if (!filter) return MATCHES;
      request ??= decodeRequest(encoded);
      const { events, source } = this.#options;
      const stored = request;
      ask ??= this.aboutRequest({
        head: stored.head,
        bodyBytes: stored.body.kind === 'object' ? stored.body.sizeBytes : stored.body.bytes.byteLength,
        body: () => events.bodyOf(stored),
        eventType: (body) => storedEventType(source, sourceId, stored.head, body),
      });
      return ask(filter);
    };
  }

  aboutRequest({ head, eventType: typeOf, ...rest }: FilterSubject): (filter: Filter) => Promise<FilterVerdict> {
    let bodyRead: Promise<FilteredBody> | undefined;
    return async (filter) => {
      try {
        const compiled = this.#compile(filter);
        const asksForType = compiled.roots.has('event_type');
        if (!asksForType && !compiled.roots.has('body')) {
          return compiled.verdict(new FilteredRequest({ ...head, body: NO_BODY, eventType: undefined }));
        }
        bodyRead ??= readBody(rest);
        const body = await bodyRead;
        const eventType = asksForType ? await typeOf(body.bytes) : undefined;
        // The type may be in the body that was too long to read, so it must not be taken for absent.
        if (asksForType && eventType === undefined && body.tooLong) throw body.tooLong;
        return compiled.verdict(new FilteredRequest({ ...head, body, eventType }));
      } catch (error) {
        if (!(error instanceof FilterFailure)) throw error;
        return { kind: 'failed', message: error.message };
      }
    };
  }

  #compile(filter: Filter): CompiledFilter {
    const text = JSON.stringify(filter);
    const compiled = this.#compiled.get(text) ?? compileFilter(filter);
    keepNewest(this.#compiled, text, compiled, MAX_COMPILED);
    return compiled;
  }
}

const NO_BODY = new FilteredBody(new Uint8Array());

/**
 * A batch has up to a hundred events, and the function 512 MB: bodies that are too long to be evaluated are not
 * fetched.
 */
async function readBody({ bodyBytes, body }: Pick<FilterSubject, 'bodyBytes' | 'body'>): Promise<FilteredBody> {
  if (bodyBytes > MAX_FILTERED_BODY_BYTES) return new FilteredBody(NO_BODY.bytes, bodyBytes);
  const bytes = await body();
  if (!bytes) throw new FilterFailure('the body has expired');
  return new FilteredBody(bytes);
}
