import type { ComponentChildren } from 'preact';
import { withQuery } from '../../api/client.ts';
import { listOf, useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import { useLatest, useResource } from '../../api/resource.ts';
import type { Destination, Health, OverviewResponse } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { useEveryDestination } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useFilters } from '../../ui/query.ts';
import { WindowSelect } from '../../ui/window-field.tsx';
import { type KnownHealth, needsAttention } from './health-summary.ts';
import { DestinationTable } from './table.tsx';

/** Where events go. */
export function Destinations() {
  const { filters, set } = useFilters(['search', 'show', 'window']);
  const { search, show } = filters;
  const window = windowOf(filters.window);
  const overview = useResource<OverviewResponse>(`/v1/overview?window=${window}`);
  const known = useLatest(overview);
  const create = mayWrite() && (
    <LinkButton kind="primary" href={page.newDestination}>
      New destination
    </LinkButton>
  );
  return (
    <Page title="Destinations" hasTimes actions={create}>
      <div class="filters">
        <TextField
          label="Search by name or URL"
          type="search"
          value={search}
          onInput={(value) => set('search', value)}
        />
        <SelectField
          label="Show"
          value={show}
          onChange={(value) => set('show', value)}
          choices={[
            { value: '', label: 'those in use' },
            { value: 'look', label: 'those that need attention' },
            { value: 'archive', label: 'the archive' },
          ]}
        />
        <WindowSelect label="Health in the last" value={window} onChange={(value) => set('window', value)} />
      </div>
      {overview.problem && <ProblemNote problem={overview.problem} onRetry={overview.reload} />}
      {show === 'look' ? (
        // Without the overview there is no telling which they are.
        (known || !overview.problem) && <DestinationsNeedingAttention search={search} known={known} />
      ) : (
        <Listed search={search} isArchive={show === 'archive'} known={known} create={create} />
      )}
      {known?.destinations.has_more && (
        <p class="hint">
          Health and circuits are shown for the newest {known.destinations.count} destinations only. Each of the others
          shows its own on its page.
        </p>
      )}
    </Page>
  );
}

/** An address may contain anything. */
function windowOf(given: string): Health['window'] {
  return given === '1h' || given === '7d' ? given : '24h';
}

interface ListedProps {
  readonly search: string;
  readonly isArchive: boolean;
  readonly known: KnownHealth | undefined;
  readonly create: ComponentChildren;
}

function Listed({ search, isArchive, known, create }: ListedProps) {
  const list = useList<Destination>(
    withQuery('/v1/destinations', { search, archived: String(isArchive) }),
    'destinations',
  );
  const empty = (
    <Empty title={search ? 'Nothing matches' : isArchive ? 'The archive is empty' : 'No destination yet'}>
      <p>
        A destination is where events go: a URL of yours, a queue, a bucket, a topic. Connect a{' '}
        <a href={page.sources}>source</a> to it, and each of its events is delivered, signed and retried until it is
        accepted.
      </p>
      {create}
    </Empty>
  );
  return <DestinationTable list={list} known={known} empty={empty} />;
}

/** The API has no such filter. So all destinations are loaded, and those shown that the overview names or that are disabled. */
function DestinationsNeedingAttention({ search, known }: Pick<ListedProps, 'search' | 'known'>) {
  const every = useEveryDestination();
  const found = known && every.value?.filter((one) => needsAttention(one, known) && isCalled(one, search));
  const empty = (
    <Empty title={search ? 'Nothing that needs attention matches' : 'Nothing needs attention'}>
      <p>
        No {search ? 'matching ' : ''}destination is unhealthy, disabled, or has an open circuit.{' '}
        <a href={page.destinations}>Show all destinations</a>
      </p>
    </Empty>
  );
  return <DestinationTable list={listOf(every, found)} known={known} empty={empty} />;
}

function isCalled({ name, url }: Destination, search: string): boolean {
  return [name, url ?? ''].some((text) => text.toLowerCase().includes(search.toLowerCase()));
}
