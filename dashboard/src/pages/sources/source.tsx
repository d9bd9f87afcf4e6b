import { useRoute } from 'preact-iso';
import { withQuery } from '../../api/client.ts';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Connection, Page as ListPage, Source } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { isolated } from '../../ui/bidi.ts';
import { Code } from '../../ui/code.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { DefinitionList } from '../../ui/definition-list.tsx';
import { DeleteButton } from '../../ui/delete-button.tsx';
import { DestinationLink } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { SettingsForm } from '../../ui/settings-form.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { LiveEvents } from './live-events.tsx';

type Connections = ListPage<'connections', Connection>;

const parent = { title: 'Sources', href: page.sources };

export function SourcePage() {
  const { params } = useRoute();
  const source = useResource<Source>(apiPath('sources', params.id));
  const connections = useResource<Connections>(withQuery('/v1/connections', { source_id: params.id, limit: 100 }));
  const { problem, reload, replace } = source;
  const value = isAnswered(connections) ? source.value : undefined;
  return (
    <Page
      title={value ? isolated(value.name) : 'Source'}
      parent={parent}
      hasTimes
      actions={
        value &&
        mayWrite() && (
          <DeleteButton name={value.name} path={`/v1/sources/${value.id}`} after={page.sources}>
            <p>Senders get a 404 from now on, and its connections are removed. Events and deliveries stay.</p>
          </DeleteButton>
        )
      }
    >
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!value && !problem && <Skeleton rows={8} />}
      {value && <Sections source={value} connections={connections} replace={replace} />}
    </Page>
  );
}

interface SectionsProps extends Pick<Resource<Source>, 'replace'> {
  readonly source: Source;
  readonly connections: Resource<Connections>;
}

function Sections({ source, connections, replace }: SectionsProps) {
  const { id, ingest_url, verification, deduplication, response, created_at } = source;
  return (
    <>
      <DefinitionList
        entries={[
          ['Ingest URL', <Copyable key="url" text={ingest_url} what="ingest URL" />],
          ['Verification', verification?.type ?? 'none: anyone who knows the URL may send'],
          ['Copies', deduplication ? `known by ${deduplication.by.replace('_', ' ')}` : 'each is an event'],
          ['Answer', response ? `${response.status_code} ${response.content_type}` : '200 with the event’s id'],
          ['Created', <Time key="created" at={created_at} />],
          ['Id', <Copyable key="id" text={id} what="id" />],
        ]}
      />
      <SendOne source={source} />
      <ConnectedDestinations connections={connections} />
      <LiveEvents sourceId={id}>
        {mayWrite() && (
          <SettingsForm
            path={`/v1/sources/${id}`}
            thing={source}
            schemaOf={({ CreateSource }) => CreateSource}
            onChanged={replace}
          />
        )}
      </LiveEvents>
    </>
  );
}

/** The command line has signed samples for these: docs/cli.md, Trigger. */
const TRIGGERED = ['stripe', 'github', 'shopify', 'slack', 'twilio', 'square', 'linear', 'standard_webhooks'];

function SendOne({ source: { id, ingest_url, verification } }: { readonly source: Source }) {
  const type = verification?.type;
  if (type !== undefined && !TRIGGERED.includes(type)) {
    return <p class="hint">Only webhooks that the sender has signed are accepted: let the sender send a test event.</p>;
  }
  return (
    <>
      <h2>Send one</h2>
      {type !== undefined && (
        <p class="hint">Only signed webhooks are accepted. The command line signs a sample with the secret.</p>
      )}
      <Code
        what="command"
        text={
          type === undefined
            ? `curl -sS ${ingest_url} -H 'Content-Type: application/json' -d '{"hello":"world"}'`
            : `npx hawser trigger ${type.replaceAll('_', '-')} --source ${id}`
        }
      />
    </>
  );
}

function ConnectedDestinations({ connections: { value, problem, reload } }: Pick<SectionsProps, 'connections'>) {
  return (
    <>
      <h2>Goes to</h2>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {value?.connections.length === 0 && (
        <p class="hint">
          Nowhere yet: events are stored, and can be sent later.{' '}
          {mayWrite() ? (
            <>
              <a href={page.newDestination}>Make a destination</a> or <a href={page.connections}>connect one</a>.
            </>
          ) : (
            'Somebody with a key of the scope write or admin can connect a destination.'
          )}
        </p>
      )}
      {value && value.connections.length > 0 && (
        <ul class="connected">
          {value.connections.map(({ id, destination_id, filter }) => (
            <li key={id}>
              <a href={page.connection(id)}>{filter ? 'filtered' : 'everything'}</a> to{' '}
              <DestinationLink id={destination_id} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
