import { useAction } from '../api/action.ts';
import type { Problem } from '../api/problem.ts';
import { session, signOut } from '../session/session.ts';
import { Button } from './button.tsx';
import { notFoundHint } from './not-found.ts';

interface ProblemNoteProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

/** What went wrong, where, and what finds it in the log. */
export function ProblemNote({ problem, onRetry }: ProblemNoteProps) {
  return (
    <div class="note note-bad" role="alert">
      <p>{problem.message}</p>
      {problem.details.length > 1 && (
        <ul>
          {problem.details.map(({ path, problem: what }) => (
            <li key={`${path} ${what}`}>
              <code>{path || 'request'}</code> {what}
            </li>
          ))}
        </ul>
      )}
      <NotFoundHint problem={problem} />
      {problem.requestId && (
        <p class="hint">
          {problem.code}, request <code>{problem.requestId}</code>
        </p>
      )}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** Whoever has followed a link may be signed in elsewhere. The page stays, and is asked for again by the next key. */
function NotFoundHint({ problem }: { readonly problem: Problem }) {
  const leaving = useAction(signOut);
  const state = session.value;
  const hint = state.kind === 'signed_in' && notFoundHint(problem, state.session.organization_name);
  if (!hint) return null;
  return (
    <>
      <p>{hint}</p>
      <p>
        <Button onClick={() => leaving.run()} isBusy={leaving.isBusy}>
          Sign in with another key
        </Button>
      </p>
      {leaving.problem && <p>{leaving.problem.message}</p>}
    </>
  );
}
