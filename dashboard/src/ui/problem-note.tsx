import { useAction } from '../api/action.ts';
import type { Problem } from '../api/problem.ts';
import { session, signOut } from '../session/session.ts';
import { Button } from './button.tsx';
import { notFound } from './not-found.ts';

interface ProblemNoteProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

/** What went wrong, where, and the request id with which to find it in the log. */
export function ProblemNote({ problem, onRetry }: ProblemNoteProps) {
  const state = session.value;
  const missing = state.kind === 'signed_in' ? notFound(problem, state.session.organization_name) : undefined;
  return (
    <div class="note note-bad" role="alert">
      <p>{missing?.told ?? problem.message}</p>
      {problem.details.length > 1 && (
        <ul>
          {problem.details.map(({ path, problem: what }) => (
            <li key={`${path} ${what}`}>
              <code>{path || 'request'}</code> {what}
            </li>
          ))}
        </ul>
      )}
      {missing && <p>{missing.hint}</p>}
      {missing?.mayBeElsewhere && <OtherKey />}
      {problem.requestId && (
        <p class="hint">
          {problem.code}, request <code>{problem.requestId}</code>
        </p>
      )}
      {/* Retrying is pointless for something that does not exist. */}
      {onRetry && !missing && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** A user who followed a link may be signed in to another organization. The page stays, and loads again with the next key. */
function OtherKey() {
  const leaving = useAction(signOut);
  return (
    <>
      <p>
        <Button onClick={() => leaving.run()} isBusy={leaving.isBusy}>
          Sign in with another key
        </Button>
      </p>
      {leaving.problem && <p>{leaving.problem.message}</p>}
    </>
  );
}
