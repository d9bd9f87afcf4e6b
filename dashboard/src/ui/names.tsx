import { page } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Destination, Page, Source } from '../api/types.ts';
import { shortId } from './format.ts';

/** More than that are shown by their ids. */
const MAX_NAMED = 100;

export function useSources(): readonly Source[] | undefined {
  return useResource<Page<'sources', Source>>(`/v1/sources?limit=${MAX_NAMED}`).value?.sources;
}

export function useDestinations(): readonly Destination[] | undefined {
  return useResource<Page<'destinations', Destination>>(`/v1/destinations?limit=${MAX_NAMED}`).value?.destinations;
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
