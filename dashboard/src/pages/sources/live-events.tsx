import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import type { EventSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { ListTable } from '../../ui/table.tsx';
import { eventColumns } from '../events/columns.tsx';

const REFRESH_MS = 2_000;
const columns = eventColumns.filter(({ header }) => header !== 'Source');

interface LiveEventsProps {
  readonly sourceId: string;
  /** Shown below, once it is known how many events are above. */
  readonly children: ComponentChildren;
}

/** The events of a source as they come in. */
export function LiveEvents({ sourceId, children }: LiveEventsProps) {
  const [isLive, setIsLive] = useState(true);
  const list = useList<EventSummary>(
    `/v1/events?source_id=${sourceId}&limit=10`,
    'events',
    isLive ? { everyMs: REFRESH_MS } : {},
  );
  const toggle = () => {
    // Once further pages are shown, the list is not refreshed until it is reloaded.
    if (!isLive) list.reload();
    setIsLive(!isLive);
  };
  return (
    <>
      <h2>
        Events{' '}
        <Button kind="quiet" onClick={toggle}>
          {isLive ? 'Live: pause' : 'Paused: go on'}
        </Button>
      </h2>
      <ListTable
        caption="Events of this source"
        list={isLive ? { ...list, hasMore: false } : list}
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="hint">Nothing yet. Webhooks sent to the ingest URL appear here.</p>}
      />
      {isLive && list.hasMore && (
        <p class="more">
          <a href={`${page.events}?source=${sourceId}`}>All of its events</a>
        </p>
      )}
      {(list.items || list.problem) && children}
    </>
  );
}
