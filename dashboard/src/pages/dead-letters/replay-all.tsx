import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { detailOf } from '../../api/problem.ts';
import type { Replay } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatExact } from '../../ui/format.ts';
import { UntrustedText } from '../../ui/untrusted-text.tsx';

interface ReplayAllProps {
  readonly chosen: {
    readonly destination_id: string | undefined;
    readonly since: string | undefined;
    readonly until: string | undefined;
  };
  /** The name of the chosen destination, if it is known. */
  readonly destinationName: string | undefined;
  readonly onBegun: (replay: Replay) => void;
  readonly onClose: () => void;
}

/** In words; empty if it is not limited. */
function timeOf({ since, until }: ReplayAllProps['chosen']): string {
  const bounds = [since && `since ${formatExact(since, 'second')}`, until && `before ${formatExact(until, 'second')}`];
  const told = bounds.filter(Boolean).join(' and ');
  return told && ` whose events were accepted ${told}`;
}

/** Starts a replay of all dead letters that match the filters, be it a hundred or a million. */
export function ReplayAll({ chosen, destinationName, onBegun, onClose }: ReplayAllProps) {
  const [rate, setRate] = useState('50');
  const beginning = useAction(async (post) => {
    onBegun(await post<Replay>('/v1/dead-letters/replay', { ...chosen, rate_limit_per_second: Number(rate) }));
    say('The replay has begun');
    onClose();
  });
  return (
    <FormDialog title="Send all again?" submitLabel="Begin" busyLabel="Beginning…" action={beginning} onClose={onClose}>
      <p>
        All dead letters of <UntrustedText text={destinationName ?? chosen.destination_id ?? 'all destinations'} />
        {timeOf(chosen)} are sent again, oldest first, each with all its retries. This continues when the page is
        closed, and can be stopped here; what is queued by then is still sent.
      </p>
      <TextField
        label="At most, per second"
        type="number"
        min={1}
        max={100}
        value={rate}
        onInput={setRate}
        hint="1 to 100. The destination's own limits also apply."
        error={detailOf(beginning.problem, 'rate_limit_per_second')}
        required
      />
    </FormDialog>
  );
}
