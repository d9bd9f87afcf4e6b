import type { ComponentChildren } from 'preact';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Circuit, Delivery, Destination } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { DestinationLink, useDestinations, useEveryDestination } from '../../ui/names.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';
import { limitsOf } from '../destinations/pace.ts';

const REFRESH_MS = 5_000;

/** Whether it is up to its destination when it is tried. */
export function isWaiting({ status }: Delivery): boolean {
  return status === 'held' || status === 'retrying';
}

/** Whether it takes deliveries at all. */
export function isOpen({ enabled, archived_at }: Destination): boolean {
  return enabled && archived_at === null;
}

/** What is known of what a delivery waits for. What does not count for it is not asked for. */
export interface WaitsFor {
  readonly destination: Resource<Destination>;
  readonly circuit: Resource<Circuit>;
  /** Until then a page of it would make room for a note, and for a button, later. */
  readonly isKnown: boolean;
}

export function useWaitsFor(delivery: Delivery | undefined): WaitsFor {
  const path = delivery && isWaiting(delivery) ? `/v1/destinations/${delivery.destination_id}` : undefined;
  const destination = useResource<Destination>(path, { everyMs: REFRESH_MS });
  const circuit = useResource<Circuit>(path && delivery?.status === 'held' ? `${path}/circuit` : undefined, {
    everyMs: REFRESH_MS,
  });
  // By their names, and by the pace of one of them.
  const destinations = useEveryDestination();
  const asked = {
    pending: [destinations],
    retrying: [destinations, destination],
    held: [destinations, destination, circuit],
    succeeded: [],
    dead: [],
    cancelled: [],
  } as const;
  return { destination, circuit, isKnown: delivery !== undefined && asked[delivery.status].every(isAnswered) };
}

interface WaitingProps extends Pick<WaitsFor, 'destination' | 'circuit'> {
  readonly delivery: Delivery;
}

/** What a delivery waits for that its own row does not say, and what lets it go on. */
export function Waiting({ delivery: { status, destination_id: id }, destination, circuit }: WaitingProps) {
  switch (status) {
    case 'held':
      return <WhyHeld destination={destination} circuit={circuit} />;
    case 'retrying':
      return destination.value && !isOpen(destination.value) ? (
        <Note>{whyShut(destination.value, 'Its next attempt will be held')}</Note>
      ) : null;
    case 'pending':
      return <Turn id={id} />;
    default:
      return null;
  }
}

/** By the state of its destination, which alone holds deliveries. */
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

/** Of a destination that takes none. */
function whyShut({ id, archived_at }: Destination, whatOfIt: string): ComponentChildren {
  const link = <DestinationLink id={id} />;
  if (archived_at !== null) return <>{link} is archived: this delivery is about to be cancelled.</>;
  return (
    <>
      {whatOfIt}, as {link} is disabled. Once that is enabled, this delivery is sent by itself.
    </>
  );
}

function whyHeld(destination: Destination, circuit: Circuit): ComponentChildren {
  if (!isOpen(destination)) return whyShut(destination, 'It is held');
  const { id, type } = destination;
  const link = <DestinationLink id={id} />;
  if (circuit.state !== 'closed') {
    return (
      <>
        It is held, as the circuit of {link} is {circuit.state.replace('_', '-')}: {failures(circuit)}.{' '}
        {circuit.state === 'half_open' ? (
          'A probe is under way.'
        ) : (
          <>
            The next probe is due <Time at={circuit.next_probe_at} />.
          </>
        )}{' '}
        Once one succeeds, or somebody closes the circuit there, this delivery is sent by itself.
      </>
    );
  }
  if (type === 'websocket') {
    return <>It is held, as no client was connected to {link}. Once one is, this delivery is sent by itself.</>;
  }
  return <>{link} takes deliveries again: what it has missed is being sent, the oldest first.</>;
}

function failures({ failure_count: count }: Circuit): string {
  return count === 1 ? 'its last attempt has failed' : `its last ${formatNumber(count)} attempts have failed`;
}

/** Of one that has its place among others. Where nothing limits the destination there is nothing to wait for. */
function Turn({ id }: { readonly id: string }) {
  const destination = useDestinations()?.find((one) => one.id === id);
  if (!destination) return null;
  const limits = limitsOf(destination);
  if (limits.length === 0) return null;
  return (
    <Note>
      It may be waiting for its turn: <DestinationLink id={id} /> takes deliveries {limits.join(', ')}.
    </Note>
  );
}

function Note({ children }: { readonly children: ComponentChildren }) {
  return <p class="note note-look">{children}</p>;
}
