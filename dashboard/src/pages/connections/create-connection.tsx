import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import { detailOf } from '../../api/problem.ts';
import type { Connection } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { namedChoices } from '../../ui/list-filters.tsx';
import { useDestinations, useSources } from '../../ui/names.tsx';

export function CreateConnection({ onClose }: { readonly onClose: () => void }) {
  const { route } = useLocation();
  const sources = useSources() ?? [];
  const destinations = useDestinations() ?? [];
  const [sourceId, setSourceId] = useState('');
  const [destinationId, setDestinationId] = useState('');
  const [name, setName] = useState('');
  const creating = useAction(async () => {
    const { id } = await api.post<Connection>('/v1/connections', {
      source_id: sourceId,
      destination_id: destinationId,
      name: name || null,
    });
    route(page.connection(id));
  });
  return (
    <FormDialog title="New connection" submitLabel="Connect" action={creating} onClose={onClose}>
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
        choices={namedChoices('Choose…', destinations)}
        error={detailOf(creating.problem, 'destination_id')}
      />
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
