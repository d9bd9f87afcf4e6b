import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { withQuery } from '../../api/client.ts';
import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import { detailOf } from '../../api/problem.ts';
import type { Source } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { TextField } from '../../ui/field.tsx';
import { NameLink } from '../../ui/names.tsx';
import { useNavigate } from '../../ui/navigate.ts';
import { Page } from '../../ui/page.tsx';
import { useFilters } from '../../ui/query.ts';
import { type Column, ListTable } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

const columns: readonly Column<Source>[] = [
  {
    header: 'Name',
    // Shortened if it is long: a name's end can be seen on its page, but an ingest URL on three lines is hard to read.
    cell: (source) => <NameLink href={page.source(source.id)} id={source.id} things={[source]} />,
  },
  { header: 'Ingest URL', cell: ({ ingest_url }) => <Copyable text={ingest_url} what="ingest URL" /> },
  { header: 'Verification', cell: ({ verification }) => verification?.type ?? <span class="hint">none</span> },
  { header: 'Created', cell: ({ created_at }) => <Time at={created_at} /> },
];

/** Where webhooks come in. */
export function Sources() {
  const [isCreating, setIsCreating] = useState(false);
  const { filters, set } = useFilters(['search']);
  const { search } = filters;
  const list = useList<Source>(withQuery('/v1/sources', { search }), 'sources');
  const create = mayWrite() && (
    <Button kind="primary" onClick={() => setIsCreating(true)}>
      New source
    </Button>
  );
  return (
    <Page title="Sources" hasTimes actions={create}>
      <div class="filters">
        <TextField label="Search by name" type="search" value={search} onInput={(value) => set('search', value)} />
      </div>
      <ListTable
        caption="Sources"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title={search ? 'Nothing matches' : 'No source yet'}>
            <p>
              A source is a URL that a sender sends its webhooks to: one for GitHub, one for Stripe. Each webhook is
              stored before it is answered, and goes to every destination that the source is connected to.
            </p>
            {create}
          </Empty>
        }
      />
      {isCreating && <CreateSource onClose={() => setIsCreating(false)} />}
    </Page>
  );
}

function CreateSource({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const creating = useAction(async (post) => {
    const { id } = await post<Source>('/v1/sources', { name });
    navigate(page.source(id));
  });
  return (
    <FormDialog title="New source" submitLabel="Create" busyLabel="Creating…" action={creating} onClose={onClose}>
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        hint="The sender, for instance GitHub. You can change it later."
        error={detailOf(creating.problem, 'name')}
        required
        autoFocus
      />
    </FormDialog>
  );
}
