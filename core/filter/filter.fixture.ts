import { compileFilter, type Filter, type FilterVerdict } from './filter.ts';
import { FilteredBody, type FilteredParts, FilteredRequest } from './filtered-request.ts';

/** A request with this body. */
export function requestWith(
  body: string | Uint8Array,
  parts: Partial<Omit<FilteredParts, 'body'>> = {},
): FilteredRequest {
  return new FilteredRequest({
    method: 'POST',
    path: '',
    query: '',
    headers: [],
    eventType: undefined,
    ...parts,
    body: new FilteredBody(Buffer.from(body)),
  });
}

export function verdictOf(filter: Filter, request: FilteredRequest): FilterVerdict {
  return compileFilter(filter).verdict(request);
}

export function matches(filter: Filter, request: FilteredRequest): boolean {
  const verdict = verdictOf(filter, request);
  if (verdict.kind === 'failed') throw new Error(verdict.message);
  return verdict.kind === 'matches';
}
