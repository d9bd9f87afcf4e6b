import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, withQuery } from './client.ts';
import { type Problem, problemOf } from './problem.ts';
import { type Resource, useResource } from './resource.ts';

interface ListAnswer {
  readonly cursor: string | null;
  readonly has_more: boolean;
}

/** A list of the API: its first page, and what was asked for beyond it. */
export interface List<Item> {
  readonly items: readonly Item[] | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

interface Beyond<Item> {
  readonly path: string | undefined;
  readonly items: readonly Item[];
  readonly cursor: string | null;
}

interface ListOptions {
  readonly everyMs?: number;
}

/**
 * @param path of the list with its filters; without a cursor
 * @param name of what it lists, as the answer has it
 */
export function useList<Item>(path: string | undefined, name: string, options: ListOptions = {}): List<Item> {
  const [beyond, setBeyond] = useState<Beyond<Item> | undefined>();
  // What is shown beyond the first page follows on it as it was: were that asked for again, there would be a gap.
  const first = useResource<ListAnswer & { readonly [list: string]: unknown }>(path, beyond ? {} : options);
  const [more, setMore] = useState<{ isLoading: boolean; problem?: Problem }>({ isLoading: false });

  useEffect(() => {
    setBeyond(undefined);
    setMore({ isLoading: false });
  }, [path]);

  const shown = beyond?.path === path ? beyond : undefined;
  const cursor = shown ? shown.cursor : (first.value?.cursor ?? null);
  const loadMore = useCallback(async () => {
    if (path === undefined || cursor === null) return;
    setMore({ isLoading: true });
    try {
      const answer = await api.get<ListAnswer & { readonly [list: string]: unknown }>(withCursor(path, cursor));
      const items = [...(shown?.items ?? []), ...itemsOf<Item>(answer, name)];
      setBeyond({ path, items, cursor: answer.cursor });
      setMore({ isLoading: false });
    } catch (error) {
      setMore({ isLoading: false, problem: problemOf(error) });
    }
  }, [path, name, cursor, shown]);

  const reload = useCallback(() => {
    setBeyond(undefined);
    first.reload();
  }, [first.reload]);

  return {
    items: first.value && [...itemsOf<Item>(first.value, name), ...(shown?.items ?? [])],
    problem: first.problem ?? more.problem,
    isLoading: first.isLoading,
    hasMore: cursor !== null,
    isLoadingMore: more.isLoading,
    loadMore,
    reload,
  };
}

/** What is all there at once, as a list. @param items of it that are to be shown */
export function listOf<Item>(
  { problem, isLoading, reload }: Pick<Resource<unknown>, 'problem' | 'isLoading' | 'reload'>,
  items: readonly Item[] | undefined,
): List<Item> {
  return { items, problem, isLoading, reload, hasMore: false, isLoadingMore: false, loadMore: () => undefined };
}

function itemsOf<Item>(answer: { readonly [list: string]: unknown }, name: string): readonly Item[] {
  // The answer matches the API's schema, which names the list so.
  return (answer[name] ?? []) as readonly Item[];
}

function withCursor(path: string, cursor: string): string {
  const { pathname, searchParams } = new URL(path, location.origin);
  return withQuery(pathname, { ...Object.fromEntries(searchParams), cursor });
}
