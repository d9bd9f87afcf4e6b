import { page } from '../../api/paths.ts';
import type { OverviewResponse } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { OpenSince } from '../destinations/state.tsx';

/** What needs attention; nothing if all is well. */
export function AttentionList({ overview }: { readonly overview: OverviewResponse }) {
  const { open_circuits, dead_letters, destinations } = overview;
  const { failing, degraded } = destinations.by_status;
  const isWell = open_circuits.length + dead_letters.count + failing + degraded + destinations.disabled === 0;
  if (isWell) return null;
  return (
    <section class="note note-warning" aria-label="Needs attention">
      <ul>
        {dead_letters.count > 0 && (
          <li>
            <a href={page.deadLetters}>
              {formatNumber(dead_letters.count)}
              {dead_letters.has_more && ' or more'} dead {dead_letters.count === 1 ? 'letter' : 'letters'}
            </a>
          </li>
        )}
        {open_circuits.map((circuit) => (
          <li key={circuit.destination_id}>
            <a href={page.destination(circuit.destination_id)}>
              <UntrustedText text={circuit.destination_name} />
            </a>
            : the circuit is <OpenSince {...circuit} />
          </li>
        ))}
        {destinations.disabled > 0 && (
          <li>
            <a href={page.destinationsNeedingAttention(overview.window)}>{counted(destinations.disabled)} disabled</a>:
            what comes for {destinations.disabled === 1 ? 'it' : 'them'} is held
          </li>
        )}
        {failing + degraded > 0 && (
          <li>
            <a href={page.destinationsNeedingAttention(overview.window)}>{counted(failing + degraded)} not healthy</a>
          </li>
        )}
      </ul>
    </section>
  );
}

function counted(destinations: number): string {
  return destinations === 1 ? '1 destination is' : `${formatNumber(destinations)} destinations are`;
}
