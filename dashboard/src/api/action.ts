import { useCallback, useState } from 'preact/hooks';
import { type Problem, problemOf } from './problem.ts';
import { type Post, Tries } from './tries.ts';

/** Something that a button or a form does, and what came of it. */
export interface Action<Arguments extends readonly unknown[]> {
  readonly run: (...given: Arguments) => Promise<void>;
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  /** Nothing is told any more of what came of it, and the next time is another one; unless it is under way. */
  readonly forget: () => void;
}

interface State {
  readonly isBusy: boolean;
  readonly problem?: Problem;
  /** Those that the problem says of that they may have been done. */
  readonly tries: Tries;
  /** What was seen when it was begun. */
  readonly seen?: string | undefined;
}

/**
 * @param work what fails of it is shown; it runs once at a time. What it sends by `post` is not done twice where it is sent again after
 * no answer came, for as long as it is shown that it can be
 * @param seen what it changes, as it is shown, where it stays when that is done: once something else is seen, what came of it is told
 * by that, and the next time is another one. `undefined` as long as it is not known
 */
export function useAction<Arguments extends readonly unknown[]>(
  work: (post: Post, ...given: Arguments) => Promise<void>,
  seen?: string,
): Action<Arguments> {
  const [state, setState] = useState<State>(idle);
  // What is seen for the first time is no change.
  const isChanged = state.seen !== undefined && seen !== undefined && state.seen !== seen;
  const isTold = state.problem?.mayBeDone === true && isChanged;
  const run = async (...given: Arguments) => {
    if (state.isBusy) return;
    const begun = { tries: isTold ? new Tries() : state.tries, seen };
    setState({ ...begun, isBusy: true });
    try {
      await work(begun.tries.post, ...given);
      setState(idle);
    } catch (error) {
      setState({ ...begun, isBusy: false, problem: problemOf(error) });
    }
  };
  const forget = useCallback(() => setState((now) => (now.isBusy ? now : idle())), []);
  return { run, isBusy: state.isBusy, problem: isTold ? undefined : state.problem, forget };
}

function idle(): State {
  return { isBusy: false, tries: new Tries() };
}
