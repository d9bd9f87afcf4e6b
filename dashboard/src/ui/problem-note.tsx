import type { Problem } from '../api/problem.ts';
import { Button } from './button.tsx';

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
      {problem.requestId && (
        <p class="hint">
          {problem.code}, request <code>{problem.requestId}</code>
        </p>
      )}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
