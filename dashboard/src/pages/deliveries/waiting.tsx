import type { ComponentChildren } from 'preact';
import { type Resource, useResource } from '../../api/resource.ts';
import type { Circuit, Delivery, Destination } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { DestinationLink, useDestinations } from '../../ui/names.tsx';
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

interface WaitingProps {
  readonly delivery: Delivery;
  /** Of one that waits. */
  readonly destination: Resource<Destination>;
}

/** What a delivery waits for that its own row does not say, and what lets it go on. */
export function Waiting({ delivery: { status, destination_id: id }, destination }: WaitingProps) {
  switch (status) {
    case 'held':
      return <WhyHeld id={id} destination={destination} />;
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

interface WhyHeldProps {
  readonly id: string;
  readonly destination: Resource<Destination>;
}

/** By the state of its destination, which alone holds deliveries. */
function WhyHeld({ id, destination }: WhyHeldProps) {
  const circuit = useResource<Circuit>(`/v1/destinations/${id}/circuit`, { everyMs: REFRESH_MS });
  const problem = destination.problem ?? circuit.problem;
  if (problem?.status === 404) {
    return <Note>Its destination is deleted: it is about to be cancelled.</Note>;
  }
  if (problem) return <ProblemNote problem={problem} onRetry={destination.reload} />;
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
