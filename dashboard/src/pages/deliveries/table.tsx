import { page } from '../../api/paths.ts';
import type { Delivery } from '../../api/types.ts';
import { IdLink } from '../../ui/id-link.tsx';
import { DestinationLink } from '../../ui/names.tsx';
import type { Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { Outcome, StatusBadge } from './status.tsx';

export const deliveryColumns: readonly Column<Delivery>[] = [
  { header: 'Delivery', cell: ({ id }) => <IdLink href={page.delivery(id)} id={id} /> },
  { header: 'Destination', cell: ({ destination_id }) => <DestinationLink id={destination_id} /> },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Last answer', cell: (delivery) => <Outcome {...delivery} /> },
  { header: 'Attempts', cell: ({ attempt_count }) => attempt_count, isNumber: true },
  { header: 'Last attempt', cell: ({ last_attempt_at }) => <Time at={last_attempt_at} /> },
  { header: 'Next attempt', cell: ({ next_attempt_at }) => <Time at={next_attempt_at} /> },
  { header: 'Event', cell: ({ event_id }) => <IdLink href={page.event(event_id)} id={event_id} /> },
];
