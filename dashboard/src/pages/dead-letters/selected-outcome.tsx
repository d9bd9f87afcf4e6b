import type { Outcome } from '../../api/one-by-one.ts';
import { Problem, problemOf } from '../../api/problem.ts';
import type { Delivery } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';

/** How many refusals are shown; most are alike. */
const MAX_TOLD = 5;

/** It is no longer a dead letter, or can't be sent. That says nothing about the others. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'RESOURCE_NOT_FOUND' || error.code === 'CONFLICT');
}

/** `4 discarded, 1 could not be, 1 left` @param what the participle for the sentence */
export function summaryOf({ done, refused }: Outcome<Delivery>, what: string, of: number): string {
  const left = of - done.size - refused.length;
  return [
    `${formatNumber(done.size)} ${what}`,
    ...(refused.length > 0 ? [`${formatNumber(refused.length)} could not be`] : []),
    ...(left > 0 ? [`${formatNumber(left)} left`] : []),
  ].join(', ');
}

export interface SelectedOutcomeProps {
  readonly summary: string;
  readonly refused: Outcome<Delivery>['refused'];
}

/** The outcome if not all succeeded, and why. */
export function SelectedOutcome({ summary, refused }: SelectedOutcomeProps) {
  const others = refused.length - MAX_TOLD;
  return (
    <div class="note note-warning" role="alert">
      <p>{summary}.</p>
      {refused.length > 0 && (
        <ul>
          {refused.slice(0, MAX_TOLD).map(({ item, error }) => (
            <li key={item.id}>{problemOf(error).message}</li>
          ))}
          {others > 0 && <li>and {formatNumber(others)} more</li>}
        </ul>
      )}
    </div>
  );
}
