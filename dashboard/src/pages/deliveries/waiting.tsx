import type { ComponentChildren } from 'preact';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Circuit, Delivery, Destination, DestinationWithWaiting } from '../../api/types.ts';
import { NameLink } from '../../ui/names.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';
import { limitsOf } from '../destinations/pace.ts';
import { failuresOf } from '../destinations/state.tsx';
import { countOf } from '../destinations/waiting-in-line.tsx';
import { WhyDisabled } from '../destinations/why-disabled.tsx';
import { hasEnded } from './status.tsx';

const REFRESH_MS = 5_000;

/** Whether its destination decides when it is tried. */
export function isWaiting({ status }: Delivery): boolean {
  return status === 'held' || status === 'retrying';
}

/** Whether the destination takes deliveries at all. */
export function isOpen({ enabled, archived_at }: Destination): boolean {
  return enabled && archived_at === null;
}

/** What is known of what a delivery waits for. Only what matters for it is loaded. */
export interface WaitsFor {
  readonly destination: Resource<Destination>;
  readonly circuit: Resource<Circuit>;
  /** Until this is true, a page waits, because a note or a button would appear later and move it. */
  readonly isKnown: boolean;
}

export function useWaitsFor(delivery: Delivery | undefined): WaitsFor {
  const path = delivery && !hasEnded(delivery) ? apiPath('destinations', delivery.destination_id) : undefined;
  const destination = useResource<Destination>(path, { everyMs: REFRESH_MS });
  const circuit = useResource<Circuit>(path && delivery?.status === 'held' ? `${path}/circuit` : undefined, {
    everyMs: REFRESH_MS,
  });
  const asked = {
    pending: [destination],
    retrying: [destination],
    held: [destination, circuit],
    succeeded: [],
    dead: [],
    cancelled: [],
  } as const;
  return { destination, circuit, isKnown: delivery !== undefined && asked[delivery.status].every(isAnswered) };
}

interface WaitingProps extends Pick<WaitsFor, 'destination' | 'circuit'> {
  readonly delivery: Delivery;
}

/** What a delivery waits for, as far as its own row does not say, and what lets it go on. */
export function Waiting({ delivery: { status }, destination, circuit }: WaitingProps) {
  switch (status) {
    case 'held':
      return <WhyHeld destination={destination} circuit={circuit} />;
    case 'retrying':
      return destination.value && !isOpen(destination.value) ? (
        <Note>{whyShut(destination.value, 'Its next attempt will be held')}</Note>
      ) : null;
    case 'pending':
      return destination.value ? <Turn destination={destination.value} /> : null;
    default:
      return null;
  }
}

/** Depends on the state of its destination, the only thing that holds deliveries. */
function WhyHeld({ destination, circuit }: Pick<WaitsFor, 'destination' | 'circuit'>) {
  const problem = destination.problem ?? circuit.problem;
  if (problem?.status === 404) {
    return <Note>Its destination is deleted: it is about to be cancelled.</Note>;
  }
  const reload = () => {
    destination.reload();
    circuit.reload();
  };
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!destination.value || !circuit.value) return null;
  return <Note>{whyHeld(destination.value, circuit.value)}</Note>;
}

/** For a destination that takes no deliveries. */
function whyShut(destination: Destination, whatOfIt: string): ComponentChildren {
  const link = linkTo(destination);
  if (destination.archived_at !== null) return <>{link} is archived: this delivery is about to be cancelled.</>;
  return (
    <>
      {whatOfIt}, because {link} is disabled: <WhyDisabled destination={destination} />. Once it is enabled, this
      delivery is sent automatically.
    </>
  );
}

function whyHeld(destination: Destination, circuit: Circuit): ComponentChildren {
  if (!isOpen(destination)) return whyShut(destination, 'It is held');
  const link = linkTo(destination);
  if (circuit.state !== 'closed') {
    return (
      <>
        It is held because the circuit of {link} is {circuit.state.replace('_', '-')}: {failuresOf(circuit)}.{' '}
        {circuit.state === 'half_open' ? (
          'A probe is under way.'
        ) : (
          <>
            The next probe is due <Time at={circuit.next_probe_at} />.
          </>
        )}{' '}
        Once a probe succeeds, or somebody closes the circuit there, this delivery is sent automatically.
      </>
    );
  }
  if (destination.type === 'websocket') {
    return <>It is held because no client was connected to {link}. Once one is, this delivery is sent automatically.</>;
  }
  return <>{link} takes deliveries again: what it has missed is being sent, oldest first.</>;
}

/** For a delivery that has its turn among others. If nothing limits the destination, there is nothing to wait for. */
function Turn({ destination }: { readonly destination: Destination & Partial<DestinationWithWaiting> }) {
  const { waiting } = destination;
  const limits = limitsOf(destination);
  if (limits.length === 0) return null;
  return (
    <Note>
      It may be waiting for its turn: {linkTo(destination)} takes deliveries {limits.join(', ')}
      {waiting && waiting.count > 1 && <>, and {countOf(waiting)} wait there</>}.
    </Note>
  );
}

/** Has its name at once: the list of all names may load later, and a longer note would move what is below. */
function linkTo(destination: Destination) {
  return <NameLink href={page.destination(destination.id)} id={destination.id} things={[destination]} />;
}

function Note({ children }: { readonly children: ComponentChildren }) {
  return <p class="note note-warning">{children}</p>;
}
