import { useCallback, useState } from 'preact/hooks';
import { IdempotentPosts, type Post } from './idempotent-posts.ts';
import { type Problem, problemOf } from './problem.ts';

/** Something that a button or a form does, and its outcome. */
export interface Action<Arguments extends readonly unknown[]> {
  readonly run: (...given: Arguments) => Promise<void>;
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  /** Clears the outcome, and makes the next run a new action. Does nothing while it is running. */
  readonly forget: () => void;
}

interface State {
  readonly isBusy: boolean;
  readonly problem?: Problem;
  /** Those that, according to the problem, may have been done. */
  readonly posts: IdempotentPosts;
  /** The value of `seen` when it began. */
  readonly seen?: string | undefined;
}

/**
 * @param work runs once at a time; its errors are shown. What it sends with `post` is not done twice if it is sent again after
 *   getting no answer, for as long as the alert says so
 * @param seen the shown state of what it changes, if the page stays when it is done. Once that changes, it tells the outcome
 *   itself: the problem goes away, and the next run is a new action. `undefined` as long as the state is not known
 */
export function useAction<Arguments extends readonly unknown[]>(
  work: (post: Post, ...given: Arguments) => Promise<void>,
  seen?: string,
): Action<Arguments> {
  const [state, setState] = useState<State>(idle);
  // The first known state does not count as a change.
  const isChanged = state.seen !== undefined && seen !== undefined && state.seen !== seen;
  const isTold = state.problem?.mayBeDone === true && isChanged;
  const run = async (...given: Arguments) => {
    if (state.isBusy) return;
    const begun = { posts: isTold ? new IdempotentPosts() : state.posts, seen };
    setState({ ...begun, isBusy: true });
    try {
      await work(begun.posts.post, ...given);
      setState(idle);
    } catch (error) {
      setState({ ...begun, isBusy: false, problem: problemOf(error) });
    }
  };
  const forget = useCallback(() => setState((now) => (now.isBusy ? now : idle())), []);
  return { run, isBusy: state.isBusy, problem: isTold ? undefined : state.problem, forget };
}

function idle(): State {
  return { isBusy: false, posts: new IdempotentPosts() };
}
