import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useList } from '../../api/list.ts';
import { hasPartOfId, pageOfId } from '../../api/page-of-id.ts';
import { page } from '../../api/paths.ts';
import type { EventSummary } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SearchField, TextField } from '../../ui/field.tsx';
import { NamedFilter, TimeFilter } from '../../ui/list-filters.tsx';
import { useSources } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { useFilters, withTimes } from '../../ui/query.ts';
import { ListTable } from '../../ui/table.tsx';
import { eventColumns } from './columns.tsx';

const REFRESH_MS = 5_000;
/** For a search that goes through a thousand events for each page. */
const SEARCH_REFRESH_MS = 30_000;
/** The API's limit. */
const MAX_TYPE_LENGTH = 1_024;

/** The events that have come in. */
export function Events() {
  const { filters, set } = useFilters(['source', 'type', 'since', 'until']);
  const sources = useSources();
  const { source, type, since, until } = filters;
  const list = useList<EventSummary>(
    withTimes('/v1/events', { source_id: source, event_type: type }, filters),
    'events',
    { everyMs: type ? SEARCH_REFRESH_MS : REFRESH_MS },
  );
  return (
    <Page title="Events" hasTimes actions={<FindEvent />}>
      <div class="filters">
        <NamedFilter label="Source" things={sources} value={source} onChange={(id) => set('source', id)} />
        <SearchField
          label="Type"
          value={type}
          onSearch={(value) => set('type', value)}
          placeholder="push"
          maxLength={MAX_TYPE_LENGTH}
        />
        <TimeFilter since={since} until={until} set={set} />
      </div>
      <ListTable
        caption="Events"
        list={list}
        columns={eventColumns}
        keyOf={({ id }) => id}
        empty={type ? <NoneOfType isOver={!list.hasMore} /> : <NoEvents />}
      />
    </Page>
  );
}

function NoEvents() {
  return (
    <Empty title="No events here">
      <p>
        An event is a webhook that came in at the URL of a <a href={page.sources}>source</a>. Send one with the curl
        line that the source shows, and it appears here.
      </p>
    </Empty>
  );
}

function NoneOfType({ isOver }: { readonly isOver: boolean }) {
  return (
    <Empty title={isOver ? 'No event of this type' : 'None among the newest'}>
      {!isOver && <p>About a thousand events are searched at a time. Show more to search older ones.</p>}
      <p>
        Give the type exactly as the provider writes it, in upper and lower case too. The verification of a{' '}
        <a href={page.sources}>source</a> tells who the provider is; without one, events have no type.
      </p>
    </Empty>
  );
}

/** A receiver's log has the id of the event or delivery, and a page has it in its address. Either leads to the page. */
function FindEvent() {
  const { route } = useLocation();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | undefined>();
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        const path = pageOfId(text);
        if (path === undefined) setError(withoutId(text));
        else route(path);
      }}
    >
      <TextField
        label="Find by id"
        type="search"
        value={text}
        onInput={setText}
        placeholder="evt_… or dlv_…"
        error={error}
      />
      <Button type="submit">Open</Button>
    </form>
  );
}

function withoutId(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  if (hasPartOfId(text)) {
    return 'This is only part of an id. The whole id is needed: evt_ or dlv_ and 32 hex characters. In lists, each id links to a page with a button to copy it.';
  }
  return 'This contains no id: evt_, dlv_, src_, dst_ or con_ and 32 hex characters';
}
