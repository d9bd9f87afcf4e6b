import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import { bodyBytesOf, decodeRequest, type RequestHead, type StoredRequest } from '../../core/events/stored-request.ts';
import { type CompiledFilter, compileFilter, type Filter, type FilterVerdict } from '../../core/filter/filter.ts';
import {
  FilteredBody,
  FilteredRequest,
  FilterFailure,
  MAX_FILTERED_BODY_BYTES,
} from '../../core/filter/filtered-request.ts';
import { StepBudget } from '../../core/filter/steps.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';
import { ByteBudget } from './byte-budget.ts';
import { bytesToRead } from './bytes-to-read.ts';
import { type SourceOf, storedEventType } from './event-type.ts';
import { addNewest } from './newest-entries.ts';

export interface EventFiltersOptions {
  readonly events: Pick<EventStore, 'bodyOf'>;
  /** Called only if a filter is about event types. */
  readonly source: SourceOf;
}

/** The event that filters are evaluated on, stored or given. Only the parts that filters need are read. */
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
  /** Compiled once per text: the meaning of a text never changes. */
  readonly #compiled = new Map<string, CompiledFilter>();
  /**
   * For the bodies that are read for a batch. A parsed body may take forty times its bytes, and twice that if it has integers
   * that must stay exact: 80 MB of the function's 512 for the largest body, or for several smaller ones together.
   */
  readonly #bodies = new ByteBudget(MAX_FILTERED_BODY_BYTES);

  constructor(options: EventFiltersOptions) {
    this.#options = options;
  }

  /**
   * The verdicts of an event's filters, in order. If many events are evaluated at once, some wait for others: small rows may hold
   * large bodies, and a hundred parsed bodies do not fit into memory.
   */
  async verdicts(event: StoredEvent, filters: readonly (Filter | null)[]): Promise<FilterVerdict[]> {
    if (filters.every((filter) => filter === null)) return filters.map(() => MATCHES);
    const evaluate = this.createEvaluator(event);
    return this.#bodies.use(bytesToRead(event.request, MAX_FILTERED_BODY_BYTES), () =>
      allSettledOrThrow(filters.map(evaluate)),
    );
  }

  /** @returns a function that evaluates one filter; what several filters need is read and parsed once */
  createEvaluator({ request: encoded, sourceId }: StoredEvent): (filter: Filter | null) => Promise<FilterVerdict> {
    let request: StoredRequest | undefined;
    let evaluate: ((filter: Filter) => Promise<FilterVerdict>) | undefined;
    return async (filter) => {
      if (!filter) return MATCHES;
      request ??= decodeRequest(encoded);
      const { events, source } = this.#options;
      const stored = request;
      evaluate ??= this.createRequestEvaluator({
        head: stored.head,
        bodyBytes: bodyBytesOf(stored),
        body: () => events.bodyOf(stored),
        eventType: (body) => storedEventType(source, sourceId, stored.head, body),
      });
      return evaluate(filter);
    };
  }

  createRequestEvaluator({
    head,
    eventType: typeOf,
    ...rest
  }: FilterSubject): (filter: Filter) => Promise<FilterVerdict> {
    const stepBudget = new StepBudget();
    let bodyRead: Promise<FilteredBody> | undefined;
    return (filter) =>
      stepBudget.use(async (steps) => {
        try {
          const compiled = this.#compile(filter);
          const asksForType = compiled.roots.has('event_type');
          if (!asksForType && !compiled.roots.has('body')) {
            return compiled.verdict(new FilteredRequest({ ...head, body: NO_BODY, eventType: undefined }), steps);
          }
          bodyRead ??= readBody(rest);
          const body = await bodyRead;
          const eventType = asksForType ? await typeOf(body.bytes) : undefined;
          // The type may be in the body that is too long to read, so it must not count as absent.
          if (asksForType && eventType === undefined && body.tooLong) throw body.tooLong;
          return compiled.verdict(new FilteredRequest({ ...head, body, eventType }), steps);
        } catch (error) {
          if (!(error instanceof FilterFailure)) throw error;
          return { kind: 'failed', message: error.message };
        }
      });
  }

  #compile(filter: Filter): CompiledFilter {
    const text = JSON.stringify(filter);
    const compiled = this.#compiled.get(text) ?? compileFilter(filter);
    addNewest(this.#compiled, text, compiled, MAX_COMPILED);
    return compiled;
  }
}

const NO_BODY = new FilteredBody(new Uint8Array());

/** A body that is too long to be evaluated is not fetched. */
async function readBody({ bodyBytes, body }: Pick<FilterSubject, 'bodyBytes' | 'body'>): Promise<FilteredBody> {
  if (bodyBytes > MAX_FILTERED_BODY_BYTES) return new FilteredBody(NO_BODY.bytes, bodyBytes);
  const bytes = await body();
  if (!bytes) throw new FilterFailure('the body has expired');
  return new FilteredBody(bytes);
}
