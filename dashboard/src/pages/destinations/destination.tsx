import { useRoute } from 'preact-iso';
import { withQuery } from '../../api/client.ts';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Circuit, Connection, Destination, Page as ListPage } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { isolated } from '../../ui/bidi.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { DefinitionList } from '../../ui/definition-list.tsx';
import { formatNumber } from '../../ui/format.ts';
import { HeadersView } from '../../ui/headers-view.tsx';
import { SourceLink } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { SettingsForm } from '../../ui/settings-form.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedCode, UntrustedText } from '../../ui/untrusted-text.tsx';
import { CircuitSection } from './circuit.tsx';
import { describeAuth, describeConfig } from './describe-settings.ts';
import { HealthSection } from './health.tsx';
import { LifecycleActions } from './lifecycle-actions.tsx';
import { limitsOf } from './pace.ts';
import { RotateSecret } from './rotate-secret.tsx';
import { SendTest } from './send-test.tsx';
import { StateBadge } from './state.tsx';
import { schemaOfType } from './types.ts';
import { WaitingInLine } from './waiting-in-line.tsx';
import { WhyDisabled } from './why-disabled.tsx';

type Connections = ListPage<'connections', Connection>;

const parent = { title: 'Destinations', href: page.destinations };

const CIRCUIT_REFRESH_MS = 5_000;

/** Set when it is created, or with their own buttons. */
const SET_ELSEWHERE = ['type', 'template', 'template_variables', 'secret', 'enabled'];

export function DestinationPage() {
  const { params } = useRoute();
  const { id } = params;
  const path = apiPath('destinations', id);
  const destination = useResource<Destination>(path);
  const circuit = useResource<Circuit>(`${path}/circuit`, { everyMs: CIRCUIT_REFRESH_MS });
  const connections = useResource<Connections>(withQuery('/v1/connections', { destination_id: id, limit: 100 }));
  const { problem, reload, replace } = destination;
  const value = isAnswered(circuit) && isAnswered(connections) ? destination.value : undefined;
  return (
    <Page
      title={value ? isolated(value.name) : 'Destination'}
      parent={parent}
      actions={value && mayWrite() && <LifecycleActions destination={value} onChanged={replace} />}
    >
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!value && !problem && <Skeleton rows={8} />}
      {value && <Sections destination={value} {...{ circuit, connections, replace }} />}
    </Page>
  );
}

interface SectionsProps extends Pick<Resource<Destination>, 'replace'> {
  readonly destination: Destination;
  readonly circuit: Resource<Circuit>;
  readonly connections: Resource<Connections>;
}

function Sections({ destination, circuit, connections, replace }: SectionsProps) {
  const { id } = destination;
  return (
    <>
      <About destination={destination} />
      <HealthSection id={id} />
      <CircuitSection id={id} circuit={circuit} />
      <ConnectedSources connections={connections} />
      {mayWrite() && (
        <>
          <SendTest id={id} />
          {destination.secret !== null && <RotateSecret destination={destination} onRotated={replace} />}
          <SettingsForm
            path={`/v1/destinations/${id}`}
            thing={destination}
            schemaOf={(definitions) => schemaOfType(definitions, destination.type)}
            leaveOut={SET_ELSEWHERE}
            onChanged={replace}
          />
        </>
      )}
    </>
  );
}

function About({ destination }: { readonly destination: Destination }) {
  const { id, type, template, url, method, headers, config, auth, description, created_at } = destination;
  const hasHeaders = Object.keys(headers).length > 0;
  return (
    <DefinitionList
      entries={[
        ['State', <StateBadge key="state" destination={destination} />],
        ...(destination.enabled ? [] : [['Disabled', <WhyDisabled key="why" destination={destination} />] as const]),
        ...(limitsOf(destination).length > 0
          ? [['Waiting in line', <WaitingInLine key="waiting" id={id} />] as const]
          : []),
        ['Type', template ? `${type}, made from the template ${template}` : type],
        ...(description ? [['Description', <UntrustedText key="description" text={description} />] as const] : []),
        ...(url
          ? [
              [
                'URL',
                <code key="url">
                  <UntrustedCode text={`${method ?? 'sender’s method'} ${url}`} />
                </code>,
              ] as const,
            ]
          : []),
        ...describeConfig(config).map(
          ([label, value]) =>
            [
              label,
              <code key={label}>
                <UntrustedCode text={value} />
              </code>,
            ] as const,
        ),
        ...(auth ? [['Authentication', describeAuth(auth)] as const] : []),
        ...(hasHeaders ? [['Headers', <HeadersView key="headers" headers={headers} />] as const] : []),
        ['Retries', retriesOf(destination)],
        ['Pace', paceOf(destination)],
        ['Last attempt', <Time key="last" at={destination.last_delivery_at} />],
        [
          'Deliveries',
          <LinkButton key="deliveries" kind="quiet" href={`${page.deliveries}?destination=${id}`}>
            Show them
          </LinkButton>,
        ],
        // This tells destinations of the same name apart in choices.
        ['Created', <Time key="created" at={created_at} />],
        ['Id', <Copyable key="id" text={id} what="id" />],
      ]}
    />
  );
}

function retriesOf({ retry_max_attempts, retry_backoff_type, retry_intervals, retry_on }: Destination): string {
  if (retry_max_attempts === 0) return 'none';
  const only = retry_on ? `, only after ${retry_on.join(', ')}` : '';
  return `up to ${retry_max_attempts}, ${retry_backoff_type}: ${retry_intervals.map(formatNumber).join(', ')} s${only}`;
}

function paceOf(destination: Destination): string {
  return limitsOf(destination).join(', ') || 'as fast as events come';
}

function ConnectedSources({ connections: { value, problem, reload } }: Pick<SectionsProps, 'connections'>) {
  return (
    <>
      <h2>Connected sources</h2>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {value?.connections.length === 0 && (
        <p class="hint">
          None: nothing comes here yet. <a href={page.connections}>Connect a source.</a>
        </p>
      )}
      {value && value.connections.length > 0 && (
        <ul class="connected">
          {value.connections.map(({ id, source_id, filter }) => (
            <li key={id}>
              <a href={page.connection(id)}>{filter ? 'filtered' : 'everything'}</a> from <SourceLink id={source_id} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
