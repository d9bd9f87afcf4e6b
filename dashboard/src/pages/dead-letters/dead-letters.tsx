import { useState } from 'preact/hooks';
import { useList } from '../../api/list.ts';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, useResource } from '../../api/resource.ts';
import type { Delivery, Destination, Replay } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { shortId } from '../../ui/format.ts';
import { IdLink } from '../../ui/id-link.tsx';
import { NamedFilter, TimeFilter } from '../../ui/list-filters.tsx';
import { DestinationLink, useDestinations } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { toIso, useFilters, withTimes } from '../../ui/query.ts';
import { type Column, ListTable, Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { describeReason } from '../deliveries/reason.ts';
import { Outcome } from '../deliveries/status.tsx';
import { LastReplays } from './last-replays.tsx';
import { ReplayAll } from './replay-all.tsx';
import { RunningReplays, useRunningReplays } from './running-replays.tsx';
import { SelectedActions } from './selected-actions.tsx';

const REFRESH_MS = 5_000;

const columns: readonly Column<Delivery>[] = [
  { header: 'Delivery', cell: ({ id }) => <IdLink href={page.delivery(id)} id={id} /> },
  { header: 'Destination', cell: ({ destination_id }) => <DestinationLink id={destination_id} /> },
  { header: 'Why, and last answer', cell: (delivery) => <Why delivery={delivery} />, isProse: true },
  { header: 'Attempts', cell: ({ attempt_count }) => attempt_count, isNumber: true },
  { header: 'Last attempt', cell: ({ last_attempt_at }) => <Time at={last_attempt_at} /> },
  { header: 'Event', cell: ({ event_id }) => <IdLink href={page.event(event_id)} id={event_id} /> },
];

/** Deliveries that ran out of retries. One, some or all can be sent again or discarded. */
export function DeadLetters() {
  const { filters, set } = useFilters(['destination', 'since', 'until']);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isReplaying, setIsReplaying] = useState(false);
  const [begun, setBegun] = useState<Replay | undefined>();
  const running = useRunningReplays();
  const destinations = useDestinations();
  const { destination, since, until } = filters;
  // Loaded by itself: it may not be among the named ones, and only this shows for certain that it is deleted.
  const one = useResource<Destination>(destination ? apiPath('destinations', destination) : undefined);
  const isDeleted = one.problem?.code === 'RESOURCE_NOT_FOUND';
  const chosen = { destination_id: destination || undefined, since: toIso(since), until: toIso(until) };
  const path = withTimes('/v1/dead-letters', { destination_id: destination }, filters);
  const list = useList<Delivery>(path, 'dead_letters', { everyMs: REFRESH_MS });
  // Shown together, because the actions are above the list and would move it.
  const isKnown =
    (path === undefined || isAnswered({ value: list.items, problem: list.problem })) &&
    (destination === '' || isAnswered(one));
  // An entry that is no longer in the list is not selected any more.
  const selection = (list.items ?? []).filter(({ id }) => selected.has(id));

  const toggle = (id: string, isSelected: boolean) =>
    setSelected((now) => (isSelected ? new Set([...now, id]) : without(now, new Set([id]))));
  const select: Column<Delivery> = {
    header: 'Select',
    cell: ({ id }) => (
      <input
        type="checkbox"
        aria-label={`Select ${shortId(id)}`}
        checked={selected.has(id)}
        onChange={(event) => toggle(id, event.currentTarget.checked)}
      />
    ),
  };

  return (
    <Page
      title="Dead letters"
      hasTimes
      actions={
        mayWrite() && (
          <Button
            onClick={() => setIsReplaying(true)}
            disabled={path === undefined || isDeleted || list.items?.length === 0}
          >
            Send all again…
          </Button>
        )
      }
    >
      <RunningReplays running={running} begun={begun} onProgress={list.reload} />
      <div class="filters">
        <NamedFilter
          label="Destination"
          things={destinations}
          value={destination}
          onChange={(id) => set('destination', id)}
        />
        <TimeFilter since={since} until={until} set={set} />
      </div>
      {isKnown && isDeleted && list.items && list.items.length > 0 && (
        <p class="note">This destination is deleted: its dead letters can be discarded, but not sent again.</p>
      )}
      {mayWrite() && (
        <SelectedActions
          isShown={isKnown}
          of={path}
          selection={selection}
          maySend={!isDeleted}
          onSelectAll={() => setSelected(new Set(list.items?.map(({ id }) => id)))}
          onDone={(done) => {
            // Removes them from the current selection, because others may have been selected in the meantime.
            setSelected((now) => without(now, done));
            list.reload();
          }}
        />
      )}
      {isKnown ? (
        <ListTable
          caption="Dead letters"
          list={list}
          columns={mayWrite() ? [select, ...columns] : columns}
          keyOf={({ id }) => id}
          empty={
            <Empty title="No dead letters">
              <p>
                A delivery that still fails after its last retry ends up here, and raises an alarm. Nothing is lost: you
                can send it again once its destination works, or discard it.
              </p>
            </Empty>
          }
        />
      ) : (
        <Skeleton rows={5} />
      )}
      {/* Below the list, because it would move the list when it appears. */}
      {isKnown && <LastReplays running={running} />}
      {isReplaying && (
        <ReplayAll
          chosen={chosen}
          destinationName={one.value?.name}
          onBegun={setBegun}
          onClose={() => setIsReplaying(false)}
        />
      )}
    </Page>
  );
}

/** What failed, how, and the last answer. Shown together, because separate columns would be too narrow to read. */
function Why({ delivery }: { readonly delivery: Delivery }) {
  const { reason, reason_message, status_code, error_code } = delivery;
  const wasAnswered = status_code !== null || error_code !== null;
  // One element, because on a narrow screen each of several would get its own place beside the header.
  return (
    <div>
      {reason && describeReason(reason)}
      {reason_message !== null && (
        <>
          {reason && ': '}
          <UntrustedText text={reason_message} />
        </>
      )}{' '}
      {wasAnswered && <Outcome {...delivery} />}
    </div>
  );
}

function without(ids: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...ids].filter((id) => !others.has(id)));
}
