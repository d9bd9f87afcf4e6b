import { useState } from 'preact/hooks';
import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import { isAnswered, useResource } from '../../api/resource.ts';
import type { Connection, Destination, OverviewResponse, Source } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { NameLink, nameOf, useEveryDestination, useEverySource } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, ListTable, Skeleton } from '../../ui/table.tsx';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { CreateConnection } from './create-connection.tsx';
import { MatchingSummary } from './matching-summary.tsx';

/** As many as fit in one answer. A diagram of more would be unreadable. */
const MAX_SHOWN = 100;

interface Ends {
  readonly sources: readonly Source[] | undefined;
  readonly destinations: readonly Destination[] | undefined;
}

function columnsOf({ sources, destinations }: Ends): readonly Column<Connection>[] {
  return [
    {
      header: 'Source',
      cell: ({ source_id: id }) => <NameLink href={page.source(id)} id={id} things={sources} />,
    },
    {
      header: 'Destination',
      cell: ({ destination_id: id }) => <NameLink href={page.destination(id)} id={id} things={destinations} />,
    },
    {
      header: 'Connection',
      cell: ({ id, name, source_id, destination_id }) => (
        <a href={page.connection(id)}>
          {name === null ? 'open' : <UntrustedText text={name} />}
          {name === null && (
            <span class="visually-hidden">
              {' '}
              {nameOf(source_id, sources)} → {nameOf(destination_id, destinations)}
            </span>
          )}
        </a>
      ),
    },
    { header: 'On the way', cell: (connection) => onTheWay(connection) || <span class="hint">as it comes</span> },
  ];
}

function onTheWay({ filter, transform }: Connection): string {
  return [filter && 'filter', transform && 'transform'].filter(Boolean).join(', ');
}

/** Who gets what. */
export function Connections() {
  const [isCreating, setIsCreating] = useState(false);
  const list = useList<Connection>(`/v1/connections?limit=${MAX_SHOWN}`, 'connections');
  const sources = useEverySource();
  const destinations = useEveryDestination();
  // The shortest window: it says the same about circuits and costs least.
  const overview = useResource<OverviewResponse>('/v1/overview?window=1h');
  const ends = { sources: sources.value, destinations: destinations.value };
  // Shown together, because the diagram would push the table down. If the names can't be loaded, it shows ids.
  const isShown = isAnswered(sources) && isAnswered(destinations) && (list.items || list.problem);
  const create = mayWrite() && (
    <Button kind="primary" onClick={() => setIsCreating(true)}>
      New connection
    </Button>
  );
  return (
    <Page title="Connections" actions={create}>
      {isShown ? (
        <>
          {list.items && list.items.length > 0 && sources.value && destinations.value && (
            <MatchingSummary
              connections={list.items}
              hasMore={list.hasMore}
              sources={sources.value}
              destinations={destinations.value}
              openCircuits={overview.value?.open_circuits ?? []}
            />
          )}
          <ListTable
            caption="Connections"
            list={list}
            columns={columnsOf(ends)}
            keyOf={({ id }) => id}
            empty={
              <Empty title="Nothing is connected yet">
                <p>
                  A connection leads from a <a href={page.sources}>source</a> to a{' '}
                  <a href={page.destinations}>destination</a>: every event of the source is delivered to the
                  destination, unless a filter keeps it out.
                </p>
                {create}
              </Empty>
            }
          />
        </>
      ) : (
        <Skeleton rows={8} />
      )}
      {isCreating && <CreateConnection onClose={() => setIsCreating(false)} />}
    </Page>
  );
}
