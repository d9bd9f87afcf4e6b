import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { page } from '../../api/paths.ts';
import { detailOf, Problem } from '../../api/problem.ts';
import type { Connection, Destination } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { formatNumber } from '../../ui/format.ts';
import { namedChoices } from '../../ui/named-choices.ts';
import { nameOf, useDestinations, useSources } from '../../ui/names.tsx';
import { useNavigate } from '../../ui/navigate.ts';
import { findConnection } from './find-connection.ts';

export function CreateConnection({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const sources = useSources() ?? [];
  const destinations = useDestinations() ?? [];
  const inUse = destinations.filter(isInUse);
  const [sourceId, setSourceId] = useState('');
  const [destinationId, setDestinationId] = useState('');
  const [name, setName] = useState('');
  const [present, setPresent] = useState<Connection | undefined>();
  const creating = useAction(async (post) => {
    try {
      const { id } = await post<Connection>('/v1/connections', {
        source_id: sourceId,
        destination_id: destinationId,
        name: name || null,
      });
      navigate(page.connection(id));
    } catch (error) {
      const isTaken = error instanceof Problem && error.code === 'CONFLICT';
      const found = isTaken ? await findConnection(sourceId, destinationId) : undefined;
      if (!found) throw error;
      setPresent(found);
    }
  });
  // Whether it is between the ends that are chosen now.
  const isPresent = present?.source_id === sourceId && present.destination_id === destinationId;
  return (
    <FormDialog
      title="New connection"
      submitLabel="Connect"
      busyLabel="Connecting…"
      action={creating}
      onClose={onClose}
      isMoot={isPresent}
    >
      <SelectField
        label="From the source"
        value={sourceId}
        onChange={setSourceId}
        choices={namedChoices('Choose…', sources)}
        error={sourceId === '' ? undefined : detailOf(creating.problem, 'source_id')}
      />
      <SelectField
        label="To the destination"
        value={destinationId}
        onChange={setDestinationId}
        choices={namedChoices('Choose…', inUse.map(withState))}
        hint={leftOut(destinations.length - inUse.length)}
        error={detailOf(creating.problem, 'destination_id')}
      />
      {isPresent && (
        <p class="note note-bad" role="alert">
          “{nameOf(sourceId, sources)}” and “{nameOf(destinationId, destinations)}” are connected already:{' '}
          <a href={page.connection(present.id)}>open that connection</a>.
        </p>
      )}
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        hint="Optional."
        error={detailOf(creating.problem, 'name')}
      />
    </FormDialog>
  );
}

/** An archived destination takes no new events. */
function isInUse({ archived_at }: Destination): boolean {
  return archived_at === null;
}

function leftOut(archived: number): ComponentChildren {
  if (archived === 0) return undefined;
  return archived === 1
    ? 'One archived destination is not listed: it takes no new events until it is unarchived.'
    : `${formatNumber(archived)} archived destinations are not listed: they take no new events until they are unarchived.`;
}

function withState({ id, name, enabled, created_at }: Destination) {
  return { id, name: enabled ? name : `${name} (disabled: holds)`, created_at };
}
