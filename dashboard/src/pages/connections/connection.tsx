import { useRoute } from 'preact-iso';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Connection, Destination, Source } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { isolated } from '../../ui/bidi.ts';
import { Code } from '../../ui/code.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { DefinitionList } from '../../ui/definition-list.tsx';
import { DeleteButton } from '../../ui/delete-button.tsx';
import { DestinationLink, nameOf, SourceLink, useEveryDestination, useEverySource } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { SettingsForm } from '../../ui/settings-form.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { EventChoice, useChosenEvent } from './event-choice.tsx';
import { FilterEditor } from './filter-editor.tsx';
import { TransformEditor } from './transform-editor.tsx';

const parent = { title: 'Connections', href: page.connections };
const EDITED_BELOW = ['source_id', 'destination_id', 'filter', 'transform'];

/** A connection from a source to a destination: what it lets through, and in what form. */
export function ConnectionPage() {
  const { params } = useRoute();
  const connection = useResource<Connection>(apiPath('connections', params.id));
  const sources = useEverySource();
  const destinations = useEveryDestination();
  const { problem, reload, replace } = connection;
  // Shown together with its heading, which is made from their names if it has no name itself.
  const value = isAnswered(sources) && isAnswered(destinations) ? connection.value : undefined;
  return (
    <Page
      title={value ? titleOf(value, sources.value, destinations.value) : 'Connection'}
      parent={parent}
      actions={
        value &&
        mayWrite() && (
          <DeleteButton name="this connection" path={`/v1/connections/${value.id}`} after={page.connections}>
            <p>New events do not go this way any more. What is on its way already goes on.</p>
          </DeleteButton>
        )
      }
    >
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!value && !problem && <Skeleton rows={8} />}
      {value && <Sections connection={value} replace={replace} />}
    </Page>
  );
}

function titleOf(
  { name, source_id, destination_id }: Connection,
  sources: readonly Source[] | undefined,
  destinations: readonly Destination[] | undefined,
): string {
  return name !== null ? isolated(name) : `${nameOf(source_id, sources)} → ${nameOf(destination_id, destinations)}`;
}

function Sections({ connection, replace }: { connection: Connection } & Pick<Resource<Connection>, 'replace'>) {
  const { id, source_id, destination_id, description, created_at } = connection;
  return (
    <>
      <DefinitionList
        entries={[
          ['From', <SourceLink key="source" id={source_id} />],
          ['To', <DestinationLink key="destination" id={destination_id} />],
          ...(description ? [['Description', <UntrustedText key="description" text={description} />] as const] : []),
          ['Created', <Time key="created" at={created_at} />],
          ['Id', <Copyable key="id" text={id} what="id" />],
        ]}
      />
      {mayWrite() ? (
        <>
          <Editors connection={connection} onChanged={replace} />
          <SettingsForm
            path={`/v1/connections/${id}`}
            thing={connection}
            schemaOf={({ CreateConnection }) => CreateConnection}
            leaveOut={EDITED_BELOW}
            onChanged={replace}
          />
        </>
      ) : (
        <OnTheWay connection={connection} />
      )}
    </>
  );
}

interface EditorsProps {
  readonly connection: Connection;
  readonly onChanged: (connection: Connection) => void;
}

/** Both are tried on the same event, a real one. */
function Editors({ connection, onChanged }: EditorsProps) {
  const chosen = useChosenEvent(connection.source_id);
  return (
    <>
      <EventChoice chosen={chosen} />
      <FilterEditor connection={connection} eventId={chosen.id} onChanged={onChanged} />
      <TransformEditor connection={connection} eventId={chosen.id} onChanged={onChanged} />
    </>
  );
}

function OnTheWay({ connection: { filter, transform } }: { readonly connection: Connection }) {
  return (
    <>
      <h2>Filter</h2>
      {filter ? (
        <Code text={JSON.stringify(filter, null, 2)} what="filter" />
      ) : (
        <p>None: every event is let through.</p>
      )}
      <h2>Transform</h2>
      {transform ? <Code text={transform} what="transform" /> : <p>None: events are sent as they came.</p>}
    </>
  );
}
