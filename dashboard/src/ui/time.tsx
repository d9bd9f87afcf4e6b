import { useState } from 'preact/hooks';
import { useEvery } from '../api/resource.ts';
import { formatRelative, formatTime } from './format.ts';

/** How long ago, or how soon; the time itself on hover, and for who copies it. */
export function Time({ at }: { readonly at: string | null }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEvery(10_000, () => setNowMs(Date.now()));
  if (at === null) return <span>–</span>;
  return (
    <time dateTime={at} title={`${formatTime(at)} (${at})`}>
      {formatRelative(at, nowMs)}
    </time>
  );
}
