import { useState } from 'preact/hooks';
import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import type { Connection } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { DestinationLink, SourceLink, useDestinations, useSources } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, ListTable } from '../../ui/table.tsx';
import { CreateConnection } from './create-connection.tsx';
import { Picture } from './picture.tsx';

/** As many as one answer has: a picture of more would show nothing. */
const MAX_SHOWN = 100;

const columns: readonly Column<Connection>[] = [
  { header: 'Source', cell: ({ source_id }) => <SourceLink id={source_id} /> },
  { header: 'Destination', cell: ({ destination_id }) => <DestinationLink id={destination_id} /> },
  { header: 'Connection', cell: ({ id, name }) => <a href={page.connection(id)}>{name ?? 'open'}</a> },
  { header: 'On the way', cell: (connection) => onTheWay(connection) || <span class="hint">as it comes</span> },
];

function onTheWay({ filter, transform }: Connection): string {
  return [filter && 'filter', transform && 'transform'].filter(Boolean).join(', ');
}

/** Who gets what. */
export function Connections() {
  const [isCreating, setIsCreating] = useState(false);
  const list = useList<Connection>(`/v1/connections?limit=${MAX_SHOWN}`, 'connections');
  const sources = useSources();
  const destinations = useDestinations();
  const create = mayWrite() && (
    <Button kind="primary" onClick={() => setIsCreating(true)}>
      New connection
    </Button>
  );
  return (
    <Page title="Connections" actions={create}>
      {list.items && list.items.length > 0 && sources && destinations && (
        <Picture connections={list.items} sources={sources} destinations={destinations} />
      )}
      <ListTable
        caption="Connections"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="Nothing is connected yet">
            <p>
              A connection leads from a <a href={page.sources}>source</a> to a{' '}
              <a href={page.destinations}>destination</a>: every event of the one is delivered to the other, unless a
              filter keeps it out.
            </p>
            {create}
          </Empty>
        }
      />
      {isCreating && <CreateConnection onClose={() => setIsCreating(false)} />}
    </Page>
  );
}
