import { withQuery } from '../../api/client.ts';
import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import type { Destination } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { formatMs, formatNumber, formatPercent } from '../../ui/format.ts';
import { Page } from '../../ui/page.tsx';
import { useFilters } from '../../ui/query.ts';
import { type Column, ListTable } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { StateBadge } from './state.tsx';

const columns: readonly Column<Destination>[] = [
  { header: 'Name', cell: ({ id, name }) => <a href={page.destination(id)}>{name}</a> },
  { header: 'Type', cell: ({ type, template }) => template ?? type },
  { header: 'State', cell: (destination) => <StateBadge destination={destination} /> },
  { header: 'Success', cell: ({ success_rate }) => formatPercent(success_rate), isNumber: true },
  { header: 'Latency', cell: ({ avg_latency_ms }) => formatMs(avg_latency_ms), isNumber: true },
  { header: 'Attempts', cell: ({ delivery_count }) => formatNumber(delivery_count), isNumber: true },
  { header: 'Last attempt', cell: ({ last_delivery_at }) => <Time at={last_delivery_at} /> },
];

/** Where events go. */
export function Destinations() {
  const { filters, set } = useFilters(['search', 'archived']);
  const list = useList<Destination>(
    withQuery('/v1/destinations', { search: filters.search, archived: filters.archived || 'false' }),
    'destinations',
  );
  const create = mayWrite() && (
    <LinkButton kind="primary" href={page.newDestination}>
      New destination
    </LinkButton>
  );
  return (
    <Page title="Destinations" actions={create}>
      <div class="filters">
        <TextField
          label="Search by name or URL"
          type="search"
          value={filters.search}
          onInput={(value) => set('search', value)}
        />
        <SelectField
          label="Show"
          value={filters.archived}
          onChange={(value) => set('archived', value)}
          choices={[
            { value: '', label: 'those in use' },
            { value: 'true', label: 'the archive' },
          ]}
        />
      </div>
      <ListTable
        caption="Destinations"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title={filters.search ? 'Nothing is called so' : 'No destination yet'}>
            <p>
              A destination is where events go: a URL of yours, a queue, a bucket, a topic. Connect a{' '}
              <a href={page.sources}>source</a> to it, and each of its events is delivered, signed and tried again until
              it is taken.
            </p>
            {create}
          </Empty>
        }
      />
    </Page>
  );
}
