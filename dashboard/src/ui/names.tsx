import { pagesOf } from '../api/pages.ts';
import { page } from '../api/paths.ts';
import { type Resource, useResource } from '../api/resource.ts';
import type { Destination, Source } from '../api/types.ts';
import { isolated } from './bidi.ts';
import { shortId } from './format.ts';
import { UntrustedText } from './untrusted-text.tsx';

/** With more, some are shown by their ids. This is as many as the API merges into one list of deliveries. */
export const MAX_NAMED = 1_000;

export function useSources(): readonly Source[] | undefined {
  return useEverySource().value;
}

export function useEverySource(): Resource<readonly Source[]> {
  return useResource<readonly Source[]>('/v1/sources, all', { load: loadSources });
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
  for await (const page of pagesOf<List, Item>(list)) {
    items.push(...page);
    if (items.length >= MAX_NAMED) break;
  }
  return items;
}

/** Shows its name, or its id if it is deleted or one of too many. */
export function SourceLink({ id }: { readonly id: string }) {
  return <NameLink href={page.source(id)} id={id} things={useSources()} />;
}

export function DestinationLink({ id }: { readonly id: string }) {
  return <NameLink href={page.destination(id)} id={id} things={useDestinations()} />;
}

interface NameLinkProps {
  readonly href: string;
  readonly id: string;
  /** The things to look the name up in; `undefined` while they are loading. */
  readonly things: readonly Named[] | undefined;
}

/** Always on one line: names load later than what surrounds them, and nothing may move then. */
export function NameLink({ href, id, things }: NameLinkProps) {
  const name = knownName(id, things);
  return (
    <a class="name" href={href} title={name === undefined ? id : isolated(name)}>
      {name === undefined ? shortId(id) : <UntrustedText text={name} />}
    </a>
  );
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** For use within a text. */
export function nameOf(id: string, things: readonly Named[] | undefined): string {
  const name = knownName(id, things);
  return name === undefined ? shortId(id) : isolated(name);
}

function knownName(id: string, things: readonly Named[] | undefined): string | undefined {
  return things?.find((thing) => thing.id === id)?.name;
}
