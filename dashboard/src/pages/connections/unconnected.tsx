import { formatNumber } from '../../ui/format.ts';
import { UntrustedText } from '../../ui/untrusted-text.tsx';

/** How many are named. If there are others, it says so. */
const MAX_NAMED = 8;

interface UnconnectedProps {
  /** Singular, as the sentence needs it. */
  readonly what: 'source' | 'destination';
  readonly things: readonly { readonly id: string; readonly name: string }[];
  readonly hrefOf: (id: string) => string;
  /** The page that lists them all. */
  readonly all: string;
}

/** Names in a sentence what the diagram leaves out. */
export function Unconnected({ what, things, hrefOf, all }: UnconnectedProps) {
  if (things.length === 0) return null;
  const named = things.slice(0, MAX_NAMED);
  const others = things.length - named.length;
  return (
    <p class="hint">
      {things.length === 1 ? `1 ${what} has` : `${formatNumber(things.length)} ${what}s have`} no connection:{' '}
      {named.map(({ id, name }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <a href={hrefOf(id)}>
            <UntrustedText text={name} />
          </a>
        </span>
      ))}
      {others > 0 && (
        <>
          {' '}
          and <a href={all}>{formatNumber(others)} more</a>
        </>
      )}
      .
    </p>
  );
}
