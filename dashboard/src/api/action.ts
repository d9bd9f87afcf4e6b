import { useCallback, useState } from 'preact/hooks';
import { type Problem, problemOf } from './problem.ts';

/** Something that a button or a form does, and what came of it. */
export interface Action<Arguments extends readonly unknown[]> {
  readonly run: (...given: Arguments) => Promise<void>;
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  readonly forget: () => void;
}

/** @param work what fails of it is shown; it runs once at a time */
export function useAction<Arguments extends readonly unknown[]>(
  work: (...given: Arguments) => Promise<void>,
): Action<Arguments> {
  const [state, setState] = useState<{ isBusy: boolean; problem?: Problem }>({ isBusy: false });
  const run = async (...given: Arguments) => {
    if (state.isBusy) return;
    setState({ isBusy: true });
    try {
      await work(...given);
      setState({ isBusy: false });
    } catch (error) {
      setState({ isBusy: false, problem: problemOf(error) });
    }
  };
  const forget = useCallback(() => setState({ isBusy: false }), []);
  return { run, isBusy: state.isBusy, problem: state.problem, forget };
}
