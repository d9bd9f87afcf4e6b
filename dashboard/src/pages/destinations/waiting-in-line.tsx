import { apiPath } from '../../api/paths.ts';
import { useResource } from '../../api/resource.ts';
import type { Destination, DestinationWithWaiting } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';

const REFRESH_MS = 15_000;

export function countOf({ count, has_more }: NonNullable<DestinationWithWaiting['waiting']>): string {
  return has_more ? `at least ${formatNumber(count)}` : formatNumber(count);
}

/**
 * How much waits in the line of a destination with a pace, which no list of deliveries shows. Loaded by itself, so that the rest
 * of the page, with a form that may be half filled in, is not rendered again. The answer to a change does not include it either.
 */
export function WaitingInLine({ id }: Pick<Destination, 'id'>) {
  const { value, problem } = useResource<Destination & Partial<DestinationWithWaiting>>(apiPath('destinations', id), {
    everyMs: REFRESH_MS,
  });
  if (problem) return <>unknown: {problem.message}</>;
  const { waiting } = value ?? {};
  if (!waiting) return <>–</>;
  if (waiting.count === 0) return <>nothing</>;
  return (
    <>
      {countOf(waiting)} {waiting.count === 1 ? 'delivery' : 'deliveries'}, the oldest since{' '}
      <Time at={waiting.oldest_at} />
    </>
  );
}
