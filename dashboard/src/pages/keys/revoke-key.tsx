import { useAction } from '../../api/action.ts';
import { remove } from '../../api/removal.ts';
import type { ApiKey } from '../../api/types.ts';
import { isSignedInWith } from '../../session/session.ts';
import { say } from '../../ui/announcer.tsx';
import { isolated } from '../../ui/bidi.ts';
import { FormDialog } from '../../ui/dialog.tsx';

interface RevokeKeyProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
}

export function RevokeKey({ apiKey, onClose, onRevoked }: RevokeKeyProps) {
  const revoking = useAction(async () => {
    await remove(`/v1/api-keys/${apiKey.id}`);
    say(`${isolated(apiKey.name)} is revoked`);
    onClose();
    onRevoked();
  });
  return (
    <FormDialog
      title={`Revoke ${isolated(apiKey.name)}?`}
      submitLabel="Revoke"
      busyLabel="Revoking…"
      kind="danger"
      action={revoking}
      onClose={onClose}
    >
      <p>
        Programs that use <code>{apiKey.key}</code> are refused from now on, and sessions opened with it end. This can't
        be undone.
      </p>
      {isSignedInWith(apiKey.id) && (
        <p>
          <strong>You are signed in with this key, and will be signed out at once.</strong>
        </p>
      )}
    </FormDialog>
  );
}
