import { useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { useAction } from '../../api/action.ts';
import { withQuery } from '../../api/client.ts';
import { apiPath, page } from '../../api/paths.ts';
import { isAnswered, type Resource, useResource } from '../../api/resource.ts';
import type { Delivery, EventDetails, Page as ListPage } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { say } from '../../ui/announcer.tsx';
import { BodyView } from '../../ui/body-view.tsx';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { DefinitionList } from '../../ui/definition-list.tsx';
import { formatBytes } from '../../ui/format.ts';
import { HeadersView } from '../../ui/headers-view.tsx';
import { DestinationLink, SourceLink } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { requestLine } from '../../ui/request-line.ts';
import { Skeleton, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedCode, UntrustedText } from '../../ui/untrusted-text.tsx';
import { fingerprintOf, hasEnded } from '../deliveries/status.tsx';
import { deliveryColumns } from '../deliveries/table.tsx';
import { SentAgain } from './sent-again.tsx';

const parent = { title: 'Events', href: page.events };
const REFRESH_MS = 3_000;
/** Deliveries are made within seconds of the event. Until then there may be none. */
const FAN_OUT_MS = 60_000;

export function EventPage() {
  const { params } = useRoute();
  const [sent, setSent] = useState<readonly Delivery[] | undefined>();
  // Loaded once: what was received does not change, and may be megabytes.
  const { value, problem, reload } = useResource<EventDetails>(apiPath('events', params.id));
  const deliveries = useResource<ListPage<'deliveries', Delivery>>(
    withQuery('/v1/deliveries', { event_id: params.id, limit: 100 }),
    {
      everyMs: REFRESH_MS,
      until: (page) => page.deliveries.every(hasEnded) && !(value && isYoung(value)),
    },
  );
  // Shown together, with deliveries only from the list: those in the event itself are as old as the page and don't change.
  const isShown = value && isAnswered(deliveries);
  return (
    <Page
      title="Event"
      id={params.id}
      parent={parent}
      hasTimes
      actions={isShown && mayWrite() && <Replay event={value} deliveries={deliveries} onSent={setSent} />}
    >
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!isShown && !problem && <Skeleton rows={8} />}
      {sent && <SentAgain deliveries={sent} />}
      {isShown && <Details event={value} deliveries={deliveries} />}
    </Page>
  );
}

function isYoung({ created_at }: EventDetails): boolean {
  return Date.now() - Date.parse(created_at) < FAN_OUT_MS;
}

interface DetailsProps {
  readonly event: EventDetails;
  readonly deliveries: Resource<ListPage<'deliveries', Delivery>>;
}

function Details({ event, deliveries: { value, problem, reload } }: DetailsProps) {
  const { filtered } = event;
  const deliveries = value?.deliveries;
  return (
    <>
      <DefinitionList
        entries={[
          ['Source', <SourceLink key="source" id={event.source_id} />],
          [
            'Request',
            <code key="request">
              <UntrustedCode text={requestLine(event)} />
            </code>,
          ],
          [
            'Type',
            event.event_type === null ? (
              'not known: the source has no verification that tells it'
            ) : (
              <UntrustedText key="type" text={event.event_type} />
            ),
          ],
          ['From', event.source_ip],
          ['Accepted', <Time key="accepted" at={event.created_at} />],
          ['Content type', <UntrustedCode key="content-type" text={event.content_type ?? '–'} />],
          ['Size', formatBytes(event.body_bytes)],
          ['Id', <Copyable key="id" text={event.id} what="id" />],
        ]}
      />
      <h2>Deliveries</h2>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {deliveries?.length === 0 && (
        <p class="hint">
          {isYoung(event)
            ? 'None yet.'
            : 'None: a connection takes only events that come while it exists and that its filter lets through.'}
        </p>
      )}
      {deliveries && deliveries.length > 0 && (
        <Table
          caption="Deliveries of this event"
          columns={deliveryColumns.filter(({ header }) => header !== 'Event')}
          rows={deliveries}
          keyOf={({ id }) => id}
        />
      )}
      {filtered.length > 0 && (
        <p class="hint">
          Kept out by the filter of their connection, or by one that has been changed since:{' '}
          {filtered.map(({ connection_id, destination_id }) => (
            <span key={connection_id}>
              <DestinationLink id={destination_id} /> (<a href={page.connection(connection_id)}>filter</a>){' '}
            </span>
          ))}
        </p>
      )}
      <h2>Body</h2>
      <BodyView what="body" text={event.body} encoding={event.body_encoding} />
      <h2>Headers</h2>
      <HeadersView headers={event.headers} />
    </>
  );
}

interface ReplayProps extends DetailsProps {
  readonly onSent: (deliveries: readonly Delivery[]) => void;
}

function Replay({ event, deliveries: { value, reload }, onSent }: ReplayProps) {
  const replaying = useAction(async (post) => {
    try {
      const { deliveries } = await post<{ deliveries: Delivery[] }>(`/v1/events/${event.id}/replay`);
      say(deliveries.length === 0 ? 'Nothing was sent' : `Sent again to ${deliveries.length}`);
      onSent(deliveries);
    } finally {
      // Even without an answer: the deliveries show whether it was sent.
      reload();
    }
  }, value?.deliveries.map(fingerprintOf).join());
  return (
    <>
      <Button kind="primary" onClick={() => replaying.run()} isBusy={replaying.isBusy}>
        Send again
      </Button>
      {replaying.problem && <ProblemNote problem={replaying.problem} />}
    </>
  );
}
