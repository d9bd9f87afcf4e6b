import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { detailOf } from '../../api/problem.ts';
import type { CreatedApiKey } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Dialog, FormDialog } from '../../ui/dialog.tsx';
import { type Choice, SelectField, TextField } from '../../ui/field.tsx';
import { toIso } from '../../ui/query.ts';

const scopes: readonly Choice<CreatedApiKey['scope']>[] = [
  { value: 'read', label: 'read: see everything but keys' },
  { value: 'write', label: 'write: also create, change, send again and delete' },
  { value: 'admin', label: 'admin: also make and revoke keys' },
];

interface CreateKeyProps {
  readonly onClose: () => void;
  readonly onCreated: () => void;
}

export function CreateKey({ onClose, onCreated }: CreateKeyProps) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<CreatedApiKey['scope']>('write');
  const [expires, setExpires] = useState('');
  const [created, setCreated] = useState<CreatedApiKey | undefined>();
  const creating = useAction(async (post) => {
    setCreated(await post<CreatedApiKey>('/v1/api-keys', { name, scope, expires_at: toIso(expires) }));
    onCreated();
  });
  if (created) {
    return (
      <Dialog title="The new key" onClose={onClose}>
        <p>Copy it now: it is shown only once, and Hawser stores only its hash.</p>
        <Code text={created.key} what="key" />
        <div class="dialog-actions">
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="New key"
      submitLabel="Create"
      busyLabel="Creating…"
      action={creating}
      onClose={onClose}
      makesSecret
    >
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        hint="Who or what uses it."
        error={detailOf(creating.problem, 'name')}
        required
        autoFocus
      />
      <SelectField label="Scope" value={scope} choices={scopes} onChange={setScope} />
      <TextField
        label="Expires"
        type="datetime-local"
        value={expires}
        onInput={setExpires}
        hint="Empty: when the key that you are logged in with does, or never."
        error={detailOf(creating.problem, 'expires_at')}
      />
    </FormDialog>
  );
}
