import { page } from '../../api/paths.ts';
import type { EventSummary } from '../../api/types.ts';
import { formatBytes, shortId } from '../../ui/format.ts';
import { SourceLink } from '../../ui/names.tsx';
import type { Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

export const eventColumns: readonly Column<EventSummary>[] = [
  { header: 'Event', cell: ({ id }) => <a href={page.event(id)}>{shortId(id)}</a> },
  { header: 'Source', cell: ({ source_id }) => <SourceLink id={source_id} /> },
  { header: 'Request', cell: requestLine },
  { header: 'Type', cell: ({ content_type }) => content_type ?? '–' },
  { header: 'Size', cell: ({ body_bytes }) => formatBytes(body_bytes), isNumber: true },
  { header: 'Accepted', cell: ({ created_at }) => <Time at={created_at} /> },
];

function requestLine({ method, path, query }: EventSummary) {
  return (
    <code>
      {method} {path || '/'}
      {query && `?${query}`}
    </code>
  );
}
