import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api } from './client.ts';
import { hasNoResponse, type Problem, problemOf } from './problem.ts';
import { fetchShared, invalidate, latestResponse, onInvalidated, replaceWith } from './responses.ts';

/** Something that is loaded. The old value stays while it is loaded again, so that nothing jumps. */
export interface Resource<Value> {
  readonly value: Value | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Loads it again, for example after a change. Requests under way are ignored, as they began before it. */
  readonly reload: () => void;
  /** Replaces the value with the response to a change. */
  readonly replace: (value: Value) => void;
}

/** The interval of retries while there is no response, so that the page recovers from an outage by itself. */
export const RETRY_MS = 5_000;

const failed = new Set<() => void>();

/** Reloads after signing in again, because requests may have failed when the session ended. */
export function retryFailedRequests(): void {
  for (const reload of failed) reload();
}

interface ResourceOptions<Value> {
  /** How to load it, if that takes more than one request. Then the path is only a name. */
  readonly load?: (path: string) => Promise<Value>;
  /** The interval at which it is loaded again, unless the page is hidden. */
  readonly everyMs?: number;
  /** A value for which this is true does not change any more, and is not loaded again. */
  readonly until?: (value: Value) => boolean;
}

/** @param path `undefined` if there is nothing to load yet */
export function useResource<Value>(
  path: string | undefined,
  { everyMs, until, load = (asked: string) => api.get<Value>(asked) }: ResourceOptions<Value> = {},
): Resource<Value> {
  const [state, setState] = useState(() => before<Value>(path));
  const [round, setRound] = useState(0);
  const loadAgain = useCallback(() => setRound((count) => count + 1), []);
  const reload = useCallback(() => {
    if (path !== undefined) invalidate(path);
  }, [path]);

  // Registered before it is loaded. Once this component is gone, the component that then shows the path is called.
  useEffect(() => (path === undefined ? undefined : onInvalidated(path, loadAgain)), [path]);
  useEffect(() => {
    if (path === undefined) return;
    let isWanted = true;
    setState((shown) => (shown.path === path ? { ...shown, isLoading: true } : before<Value>(path)));
    fetchShared<Value>(path, load).then(
      (value) => {
        if (isWanted) setState({ path, value, problem: undefined, isLoading: false });
      },
      (error: unknown) => {
        if (isWanted) setState((shown) => ({ ...shown, path, problem: problemOf(error), isLoading: false }));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [path, round]);

  const replace = useCallback(
    (value: Value) => {
      if (path === undefined) return;
      replaceWith(path, value);
      setState({ path, value, problem: undefined, isLoading: false });
    },
    [path],
  );
  // Right after the path changes, the state is still that of the old path.
  const { value, problem, isLoading } = state.path === path ? state : before<Value>(path);
  const retryMs = problem && hasNoResponse(problem) ? RETRY_MS : undefined;
  useEvery(value !== undefined && until?.(value) ? undefined : (everyMs ?? retryMs), loadAgain);
  const hasFailed = problem !== undefined;
  useEffect(() => {
    if (!hasFailed) return;
    failed.add(reload);
    return () => {
      failed.delete(reload);
    };
  }, [hasFailed, reload]);
  return { value, problem, isLoading, reload, replace };
}

/** Whether there is a value or a problem. A page that needs several resources waits for all, so that none moves the others. */
export function isAnswered({ value, problem }: Pick<Resource<unknown>, 'value' | 'problem'>): boolean {
  return value !== undefined || problem !== undefined;
}

/** The value; while another path is being loaded, that of the path before, so that nothing jumps. */
export function useLatest<Value>({ value, problem }: Resource<Value>): Value | undefined {
  const latest = useRef(value);
  if (value !== undefined) latest.current = value;
  return value ?? (problem ? undefined : latest.current);
}

/** Calls `work` at an interval while the page is visible. */
export function useEvery(everyMs: number | undefined, work: () => void): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

function before<Value>(path: string | undefined) {
  const value = path === undefined ? undefined : (latestResponse(path) as Value | undefined);
  return { path, value, problem: undefined as Problem | undefined, isLoading: path !== undefined };
}
