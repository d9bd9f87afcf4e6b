import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Action, useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import type { Problem } from '../../api/problem.ts';
import type { Connection } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/unsaved.ts';

/** What an editor on the connection's page edits, and which event it is tested on. */
export interface EditorProps {
  readonly connection: Connection;
  /** The event to try it on. */
  readonly eventId: string | undefined;
  readonly onChanged: (connection: Connection) => void;
}

/** Something that can be tested before it is saved. An outcome is shown only while the text is the one that was tested or saved. */
export interface Editing<Result> {
  /** The result of the last test; nothing while another one is under way. */
  readonly result: Result | undefined;
  readonly trying: Action<[]>;
  readonly saving: Action<[]>;
  /** For the form: sending it saves, and it is busy while either is under way. */
  readonly sending: Pick<Action<[]>, 'run' | 'isBusy'>;
  readonly problem: Problem | undefined;
}

interface EditingOptions<Result> extends Pick<EditorProps, 'connection' | 'onChanged'> {
  readonly field: 'filter' | 'transform';
  /** What is in the editor. */
  readonly text: string;
  /** The value to save; `null` for none. */
  readonly value: () => unknown;
  readonly test: () => Promise<Result>;
  readonly onSaved: () => void;
}

/** The stored text until it is edited, and again once the edit is saved. */
export function useEdit(stored: string): [text: string, edit: (text: string) => void, isSaved: () => void] {
  const [edited, setEdited] = useState<string | undefined>();
  useUnsaved(edited !== undefined && edited !== stored);
  return [edited ?? stored, setEdited, () => setEdited(undefined)];
}

export function useEditing<Result>({
  connection,
  onChanged,
  onSaved,
  field,
  text,
  value,
  test,
}: EditingOptions<Result>): Editing<Result> {
  const [tested, setTested] = useState<{ readonly text: string; readonly result: Result } | undefined>();
  const [begun, setBegun] = useState<{ readonly text: string; readonly what: 'trying' | 'saving' } | undefined>();
  const trying = useAction(async () => {
    setBegun({ text, what: 'trying' });
    setTested(undefined);
    setTested({ text, result: await test() });
  });
  const saving = useAction(async () => {
    setBegun({ text, what: 'saving' });
    onChanged(await api.patch<Connection>(`/v1/connections/${connection.id}`, { [field]: value() }));
    onSaved();
    say(`The ${field} is saved`);
  });
  const { problem } = begun?.what === 'saving' ? saving : trying;
  return {
    result: tested?.text === text ? tested.result : undefined,
    trying,
    saving,
    sending: { run: saving.run, isBusy: saving.isBusy || trying.isBusy },
    problem: begun?.text === text ? problem : undefined,
  };
}

interface EditorButtonsProps extends Pick<Editing<unknown>, 'trying' | 'saving'> {
  readonly saveLabel: string;
  /** Whether there is something to try, and an event to try it on. */
  readonly canTry: boolean;
  readonly children?: ComponentChildren;
}

export function EditorButtons({ trying, saving, saveLabel, canTry, children }: EditorButtonsProps) {
  return (
    <div class="page-actions">
      {children}
      <Button onClick={() => trying.run()} isBusy={trying.isBusy} disabled={!canTry}>
        Try
      </Button>
      <Button type="submit" kind="primary" isBusy={saving.isBusy}>
        {saveLabel}
      </Button>
    </div>
  );
}
