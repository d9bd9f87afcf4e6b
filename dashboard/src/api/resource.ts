import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, lastOf, onOutdated, outdate, replaceBy } from './answers.ts';
import { api } from './client.ts';
import { hasNoAnswer, type Problem, problemOf } from './problem.ts';

/** Something that is asked for. What was there before stays while it is asked for again, so that nothing jumps. */
export interface Resource<Value> {
  readonly value: Value | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Asks anew, as after a change: what is under way was asked before it. */
  readonly reload: () => void;
  /** Puts what a change has answered in place of what was there. */
  readonly replace: (value: Value) => void;
}

/** Asked again so often while nothing answers: an outage ends for who watches, as for who presses a button. */
export const RETRY_MS = 5_000;

const failed = new Set<() => void>();

/** After signing in again: what failed may have done so because the session had ended. */
export function askAgainForWhatFailed(): void {
  for (const reload of failed) reload();
}

interface ResourceOptions<Value> {
  /** How it is asked for, where that is more than one request. The path is then its name alone. */
  readonly load?: (path: string) => Promise<Value>;
  /** Asks again so often, unless the page is hidden. */
  readonly everyMs?: number;
  /** What is so does not change any more, and is not asked for again by itself. */
  readonly until?: (value: Value) => boolean;
}

/** @param path `undefined`: there is nothing to ask yet */
export function useResource<Value>(
  path: string | undefined,
  { everyMs, until, load = (asked: string) => api.get<Value>(asked) }: ResourceOptions<Value> = {},
): Resource<Value> {
  const [state, setState] = useState(() => before<Value>(path));
  const [round, setRound] = useState(0);
  const askAgain = useCallback(() => setRound((count) => count + 1), []);
  const reload = useCallback(() => {
    if (path !== undefined) outdate(path);
  }, [path]);

  // Before it is asked for. Once this is no longer shown, who shows it then is told.
  useEffect(() => (path === undefined ? undefined : onOutdated(path, askAgain)), [path]);
  useEffect(() => {
    if (path === undefined) return;
    let isWanted = true;
    setState((shown) => (shown.path === path ? { ...shown, isLoading: true } : before<Value>(path)));
    ask<Value>(path, load).then(
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
      replaceBy(path, value);
      setState({ path, value, problem: undefined, isLoading: false });
    },
    [path],
  );
  // In the moment after a change of the path the state is still that of the old one.
  const { value, problem, isLoading } = state.path === path ? state : before<Value>(path);
  const retryMs = problem && hasNoAnswer(problem) ? RETRY_MS : undefined;
  useEvery(value !== undefined && until?.(value) ? undefined : (everyMs ?? retryMs), askAgain);
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

/** Whether it is known what came of asking: a page that waits for several shows them together, and none moves another. */
export function isAnswered({ value, problem }: Pick<Resource<unknown>, 'value' | 'problem'>): boolean {
  return value !== undefined || problem !== undefined;
}

/** The value, and while another path is asked for that of the one before, so that nothing jumps. */
export function useLatest<Value>({ value, problem }: Resource<Value>): Value | undefined {
  const latest = useRef(value);
  if (value !== undefined) latest.current = value;
  return value ?? (problem ? undefined : latest.current);
}

/** Calls again and again while the page is looked at. */
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
  const value = path === undefined ? undefined : (lastOf(path) as Value | undefined);
  return { path, value, problem: undefined as Problem | undefined, isLoading: path !== undefined };
}
