import type { ComponentChildren, FunctionComponent } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import type { Connection, Delivery, DeliveryDetails, EventDetails, TransformTestResult } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { BodyView } from '../../ui/body-view.tsx';
import { DestinationLink, useDestinations } from '../../ui/names.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Skeleton } from '../../ui/table.tsx';

interface SentBodyProps {
  readonly delivery: Delivery;
  /** What made the body at the time of the attempt. */
  readonly from: NonNullable<DeliveryDetails['attempts'][number]['request_body_from']>;
}

/** The body of an attempt's request. It may be megabytes, so it is loaded on demand. */
export function SentBody({ delivery, from }: SentBodyProps) {
  const [isPrimary, setIsAsked] = useState(false);
  const Body = bodies[from];
  return (
    <details class="sent-body" onToggle={({ currentTarget }) => currentTarget.open && setIsAsked(true)}>
      <summary>The body that was sent</summary>
      {isPrimary && <Body delivery={delivery} />}
    </details>
  );
}

type BodyProps = Pick<SentBodyProps, 'delivery'>;

const bodies: Readonly<Record<SentBodyProps['from'], FunctionComponent<BodyProps>>> = {
  event: OfEvent,
  transform: OfTransform,
  template: OfTemplate,
};

function OfEvent({ delivery: { event_id, destination_id } }: BodyProps) {
  const event = useResource<EventDetails>(`/v1/events/${event_id}`);
  const type = useDestinations()?.find(({ id }) => id === destination_id)?.type ?? 'http';
  return (
    <>
      <p class="hint">
        The body of <a href={page.event(event_id)}>the event</a>, byte for byte
        {type !== 'http' && type !== 's3' && <>, in a message of the destination’s type ({type})</>}.
      </p>
      <Loaded resource={event}>
        {({ body, body_encoding }) => <BodyView what="body that was sent" text={body} encoding={body_encoding} />}
      </Loaded>
    </>
  );
}

function OfTransform({ delivery: { event_id, connection_id } }: BodyProps) {
  return (
    <>
      <p class="hint">
        It is not stored. The transform of <a href={page.connection(connection_id)}>the connection</a> made it from{' '}
        <a href={page.event(event_id)}>the event</a>
        {mayWrite() ? '. As it is now, the transform would make this:' : '.'}
      </p>
      {mayWrite() && <MadeNow eventId={event_id} connectionId={connection_id} />}
    </>
  );
}

/**
 * Made by a dry run, which stores nothing. It needs a key that may write, because it shows headers that an event is shown
 * without.
 */
function MadeNow({ eventId, connectionId }: { readonly eventId: string; readonly connectionId: string }) {
  const result = useResource<TransformTestResult | null>(`${eventId} over ${connectionId}, transformed`, {
    load: async () => {
      const { transform } = await api.get<Connection>(`/v1/connections/${connectionId}`);
      return transform === null ? null : api.post('/v1/transforms/test', { transform, event_id: eventId });
    },
  });
  return <Loaded resource={result}>{(made) => <Made result={made} />}</Loaded>;
}

function Made({ result }: { readonly result: TransformTestResult | null }) {
  if (result === null) return <p class="note">Nothing: the connection has no transform any more.</p>;
  const { outcome, request, error } = result;
  if (!request) return <p class="note">Nothing: {outcome === 'dropped' ? 'it drops the event' : error?.message}.</p>;
  return (
    <BodyView
      what="body that would be sent now"
      text={request.body}
      encoding={request.body_encoding}
      isTruncated={request.body_bytes > SHOWN_BYTES}
    />
  );
}

/** The limit of a dry run's answer. */
const SHOWN_BYTES = 64 * 1024;

function OfTemplate({ delivery: { event_id, destination_id } }: BodyProps) {
  return (
    <p class="hint">
      It is not stored. The template of <DestinationLink id={destination_id} /> made it from{' '}
      <a href={page.event(event_id)}>the event</a>.
    </p>
  );
}

interface LoadedProps<Value> {
  readonly resource: Pick<Resource<Value>, 'value' | 'problem' | 'reload'>;
  readonly children: (value: Value) => ComponentChildren;
}

function Loaded<Value>({ resource: { value, problem, reload }, children }: LoadedProps<Value>) {
  if (value !== undefined) return <>{children(value)}</>;
  return problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Skeleton rows={4} />;
}
