import { api, withQuery } from '../api/client.ts';
import { page } from '../api/paths.ts';
import { type Resource, useResource } from '../api/resource.ts';
import type { Destination, Page, Source } from '../api/types.ts';
import { shortId } from './format.ts';

/** More than that are shown by their ids. As many as the API merges into one list of deliveries. */
const MAX_NAMED = 1_000;

export function useSources(): readonly Source[] | undefined {
  return useResource<readonly Source[]>('/v1/sources, all', { load: loadSources }).value;
}

export function useDestinations(): readonly Destination[] | undefined {
  return useEveryDestination().value;
}

export function useEveryDestination(): Resource<readonly Destination[]> {
  return useResource<readonly Destination[]>('/v1/destinations, all', { load: loadDestinations });
}

const loadSources = () => everyPage<'sources', Source>('sources');
const loadDestinations = () => everyPage<'destinations', Destination>('destinations');

async function everyPage<List extends string, Item>(list: List): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const answer: Page<List, Item> = await api.get(
      withQuery(`/v1/${list}`, { limit: 100, cursor: cursor ?? undefined }),
    );
    items.push(...answer[list]);
    cursor = answer.cursor;
  } while (cursor && items.length < MAX_NAMED);
  return items;
}

/** By its name, or by its id where it is deleted, or one of too many. */
export function SourceLink({ id }: { readonly id: string }) {
  const found = useSources()?.find((source) => source.id === id);
  return <a href={page.source(id)}>{found?.name ?? shortId(id)}</a>;
}

export function DestinationLink({ id }: { readonly id: string }) {
  const found = useDestinations()?.find((destination) => destination.id === id);
  return <a href={page.destination(id)}>{found?.name ?? shortId(id)}</a>;
}
