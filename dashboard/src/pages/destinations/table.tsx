import type { ComponentChildren } from 'preact';
import type { List } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import type { Destination } from '../../api/types.ts';
import { formatMs, formatNumber, formatPercent } from '../../ui/format.ts';
import { NameLink } from '../../ui/names.tsx';
import { type Column, ListTable } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { circuitOf, healthOf, type KnownHealth } from './health-summary.ts';
import { CircuitBadge, HealthBadge, StateBadge } from './state.tsx';

function columnsOf(known: KnownHealth | undefined): readonly Column<Destination>[] {
  return [
    {
      header: 'Name',
      cell: (destination) => (
        <NameLink href={page.destination(destination.id)} id={destination.id} things={[destination]} />
      ),
    },
    { header: 'Type', cell: ({ type, template }) => template ?? type },
    { header: 'State', cell: (destination) => <StateBadge destination={destination} /> },
    { header: 'Health', cell: (destination) => <HealthOf destination={destination} known={known} /> },
    { header: 'Circuit', cell: (destination) => <CircuitOf destination={destination} known={known} /> },
    { header: 'Success', cell: ({ success_rate }) => formatPercent(success_rate), isNumber: true },
    { header: 'Latency', cell: ({ avg_latency_ms }) => formatMs(avg_latency_ms), isNumber: true },
    { header: 'Attempts', cell: ({ delivery_count }) => formatNumber(delivery_count), isNumber: true },
    { header: 'Last attempt', cell: ({ last_delivery_at }) => <Time at={last_delivery_at} /> },
  ];
}

interface OfDestination {
  readonly destination: Destination;
  readonly known: KnownHealth | undefined;
}

function HealthOf({ destination, known }: OfDestination) {
  const status = known && healthOf(destination, known, Date.now());
  return status ? <HealthBadge status={status} /> : '–';
}

function CircuitOf({ destination, known }: OfDestination) {
  const state = known && circuitOf(destination, known);
  return state ? <CircuitBadge state={state} /> : '–';
}

interface DestinationTableProps {
  readonly list: List<Destination>;
  /** For all rows, from one answer. Until it is there, the rows are shown without it. */
  readonly known: KnownHealth | undefined;
  readonly empty: ComponentChildren;
}

export function DestinationTable({ list, known, empty }: DestinationTableProps) {
  return (
    <ListTable caption="Destinations" list={list} columns={columnsOf(known)} keyOf={({ id }) => id} empty={empty} />
  );
}
