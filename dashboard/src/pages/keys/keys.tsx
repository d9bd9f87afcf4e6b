import { useState } from 'preact/hooks';
import { useList } from '../../api/list.ts';
import type { ApiKey } from '../../api/types.ts';
import { isAdmin } from '../../session/session.ts';
import { isolated } from '../../ui/bidi.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, ListTable } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { CreateKey } from './create-key.tsx';
import { RevokeKey } from './revoke-key.tsx';

/** The API keys of the organization. */
export function Keys() {
  return isAdmin() ? (
    <KeyList />
  ) : (
    <Page title="Keys">
      <p>To see the keys, sign in with a key of the scope admin.</p>
    </Page>
  );
}

function KeyList() {
  const [isCreating, setIsCreating] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | undefined>();
  const list = useList<ApiKey>('/v1/api-keys', 'api_keys');
  const columns: readonly Column<ApiKey>[] = [
    { header: 'Name', cell: ({ name }) => <UntrustedText text={name} /> },
    { header: 'Key', cell: ({ key }) => <code>{key}</code> },
    { header: 'Scope', cell: ({ scope }) => scope },
    { header: 'Last used', cell: ({ last_used_at }) => <Time at={last_used_at} /> },
    { header: 'Expires', cell: ({ expires_at }) => (expires_at === null ? 'never' : <Time at={expires_at} />) },
    { header: 'Created', cell: ({ created_at }) => <Time at={created_at} /> },
    {
      header: 'Actions',
      cell: (key) => (
        <Button kind="quiet" label={`Revoke ${isolated(key.name)}`} onClick={() => setRevoked(key)}>
          Revoke…
        </Button>
      ),
    },
  ];
  const create = (
    <Button kind="primary" onClick={() => setIsCreating(true)}>
      New key
    </Button>
  );
  return (
    <Page title="Keys" hasTimes actions={create}>
      <ListTable
        caption="API keys"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No keys yet">
            <p>
              Programs, colleagues and the command line each get a key of their own, with the scope that they need: one
              can then be revoked without the others. Keep the root key for this.
            </p>
            {create}
          </Empty>
        }
      />
      {isCreating && <CreateKey onClose={() => setIsCreating(false)} onCreated={list.reload} />}
      {revoked && <RevokeKey apiKey={revoked} onClose={() => setRevoked(undefined)} onRevoked={list.reload} />}
    </Page>
  );
}
