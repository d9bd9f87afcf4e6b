import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { detailOf } from '../../api/problem.ts';
import type { CreatedDestination, Destination } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Time } from '../../ui/time.tsx';

interface RotateSecretProps {
  readonly destination: Destination;
  readonly onRotated: (destination: Destination) => void;
}

/** The signing secret, masked, and a button to replace it. */
export function RotateSecret({ destination, onRotated }: RotateSecretProps) {
  const [isPrimary, setIsAsked] = useState(false);
  const [overlapHours, setOverlapHours] = useState('24');
  const [secret, setSecret] = useState<string | undefined>();
  const rotating = useAction(async (post) => {
    const rotated = await post<CreatedDestination>(`/v1/destinations/${destination.id}/rotate-secret`, {
      overlap_seconds: Math.round(Number(overlapHours) * 3_600),
    });
    setSecret(rotated.secret ?? undefined);
    onRotated({ ...rotated, secret: `••••${rotated.secret?.slice(-4)}` });
    setIsAsked(false);
    say('The secret is rotated. The new one is shown only once');
  });
  const { previous_secret_expires_at } = destination;
  const isOver = useIsOver(previous_secret_expires_at);
  return (
    <>
      <h2>Signing secret</h2>
      <p>
        <code>{destination.secret}</code>
        {previous_secret_expires_at && !isOver && (
          <>
            ; the previous one also signs, and ends <Time at={previous_secret_expires_at} />
          </>
        )}{' '}
        <Button onClick={() => setIsAsked(true)}>Rotate…</Button>
      </p>
      {secret && (
        <>
          <p>The new secret. Copy it now: it is shown only once.</p>
          <Code text={secret} what="secret" />
        </>
      )}
      {isPrimary && (
        <FormDialog
          title="Rotate the secret?"
          submitLabel="Rotate"
          busyLabel="Rotating…"
          action={rotating}
          onClose={() => setIsAsked(false)}
          makesSecret
        >
          <p>A new secret is made. During the overlap both sign, so that the receiver can switch over.</p>
          <TextField
            label="Overlap in hours"
            type="number"
            min={0}
            max={168}
            step="any"
            value={overlapHours}
            onInput={setOverlapHours}
            hint="0 to 168. 0: the old one stops signing at once."
            error={detailOf(rotating.problem, 'overlap_seconds')}
            required
          />
        </FormDialog>
      )}
    </>
  );
}

/** Whether a time has come, even if it comes while the page is open: the API still returns the end of an overlap after it. */
function useIsOver(at: string | null): boolean {
  const leftMs = at === null ? 0 : Date.parse(at) - Date.now();
  const [, setNow] = useState(0);
  useEffect(() => {
    if (leftMs <= 0) return;
    // A timer may be early by the fraction of a millisecond that clocks leave out.
    const timer = setTimeout(() => setNow(Date.now()), leftMs + 1);
    return () => clearTimeout(timer);
  });
  return leftMs <= 0;
}
