import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, withQuery } from './client.ts';
import { type Problem, problemOf } from './problem.ts';
import { type Resource, useResource } from './resource.ts';

interface ListResponse {
  readonly cursor: string | null;
  readonly has_more: boolean;
}

/** A list of the API: its first page, and further pages that were asked for. */
export interface List<Item> {
  readonly items: readonly Item[] | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
  /** Repeats what failed: the first page, or loading more. */
  readonly tryAgain: () => void;
}

/**
 * Everything shown once more has been asked for. From then on it is not refreshed until it is reloaded: the further pages follow
 * on from the first page as it was, and refreshing that would leave a gap.
 */
interface Extended<Item> {
  readonly path: string;
  readonly items: readonly Item[];
  readonly cursor: string | null;
  readonly isLoading: boolean;
  readonly problem?: Problem;
}

interface ListOptions {
  readonly everyMs?: number;
}

/**
 * @param path of the list, with its filters but without a cursor
 * @param name of the list in the response
 */
export function useList<Item>(path: string | undefined, name: string, options: ListOptions = {}): List<Item> {
  const [extended, setExtended] = useState<Extended<Item> | undefined>();
  const shown = extended?.path === path ? extended : undefined;
  const first = useResource<ListResponse & { readonly [list: string]: unknown }>(path, shown ? {} : options);
  useEffect(() => setExtended(undefined), [path]);

  const items = shown?.items ?? (first.value && itemsOf<Item>(first.value, name));
  const cursor = shown ? shown.cursor : (first.value?.cursor ?? null);
  const loadMore = async () => {
    if (path === undefined || items === undefined || cursor === null) return;
    const asked = { path, items, cursor, isLoading: true };
    const end = (now: Partial<Extended<Item>>) =>
      // Ignored if the list was reloaded in the meantime.
      setExtended((latest) => (latest === asked ? { ...asked, ...now, isLoading: false } : latest));
    setExtended(asked);
    try {
      const answer = await api.get<ListResponse & { readonly [list: string]: unknown }>(withCursor(path, cursor));
      end({ items: [...items, ...itemsOf<Item>(answer, name)], cursor: answer.cursor });
    } catch (error) {
      end({ problem: problemOf(error) });
    }
  };

  const reload = useCallback(() => {
    setExtended(undefined);
    first.reload();
  }, [first.reload]);

  return {
    items,
    problem: shown ? shown.problem : first.problem,
    isLoading: first.isLoading,
    hasMore: cursor !== null,
    isLoadingMore: shown?.isLoading ?? false,
    loadMore,
    reload,
    tryAgain: shown ? loadMore : reload,
  };
}

/** A list for something that is loaded all at once. @param items the ones to show */
export function listOf<Item>(
  { problem, isLoading, reload }: Pick<Resource<unknown>, 'problem' | 'isLoading' | 'reload'>,
  items: readonly Item[] | undefined,
): List<Item> {
  const loadMore = () => undefined;
  return { items, problem, isLoading, reload, tryAgain: reload, hasMore: false, isLoadingMore: false, loadMore };
}

function itemsOf<Item>(answer: { readonly [list: string]: unknown }, name: string): readonly Item[] {
  // The response matches the API's schema, in which the list has this name.
  return (answer[name] ?? []) as readonly Item[];
}

function withCursor(path: string, cursor: string): string {
  const { pathname, searchParams } = new URL(path, location.origin);
  return withQuery(pathname, { ...Object.fromEntries(searchParams), cursor });
}
