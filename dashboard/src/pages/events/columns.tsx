import { page } from '../../api/paths.ts';
import type { EventSummary } from '../../api/types.ts';
import { formatBytes } from '../../ui/format.ts';
import { IdLink } from '../../ui/id-link.tsx';
import { SourceLink } from '../../ui/names.tsx';
import { requestLine } from '../../ui/request-line.ts';
import type { Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedCode, UntrustedText } from '../../ui/untrusted-text.tsx';

export const eventColumns: readonly Column<EventSummary>[] = [
  { header: 'Event', cell: ({ id }) => <IdLink href={page.event(id)} id={id} /> },
  { header: 'Source', cell: ({ source_id }) => <SourceLink id={source_id} /> },
  {
    header: 'Request',
    cell: (event) => (
      <code>
        <UntrustedCode text={requestLine(event)} />
      </code>
    ),
  },
  { header: 'Type', cell: ({ event_type }) => (event_type === null ? '–' : <UntrustedText text={event_type} />) },
  { header: 'Size', cell: ({ body_bytes }) => formatBytes(body_bytes), isNumber: true },
  { header: 'Accepted', cell: ({ created_at }) => <Time at={created_at} /> },
];
