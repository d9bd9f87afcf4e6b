import { useRef } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { useAction } from '../../api/action.ts';
import { apiPath, page } from '../../api/paths.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import type { Delivery, DeliveryDetails, Destination } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { say } from '../../ui/announcer.tsx';
import { isolated } from '../../ui/bidi.ts';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { DefinitionList } from '../../ui/definition-list.tsx';
import { IdLink } from '../../ui/id-link.tsx';
import { DestinationLink, SourceLink } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { AttemptView } from './attempt.tsx';
import { describeReason } from './reason.ts';
import { SentBody } from './sent-body.tsx';
import { fingerprintOf, hasEnded, StatusBadge } from './status.tsx';
import { isOpen, isWaiting, useWaitsFor, Waiting } from './waiting.tsx';

const parent = { title: 'Deliveries', href: page.deliveries };
const REFRESH_MS = 3_000;

export function DeliveryPage() {
  const { params } = useRoute();
  const delivery = useResource<DeliveryDetails>(apiPath('deliveries', params.id), { everyMs: REFRESH_MS });
  const { value, problem, reload } = delivery;
  const waitsFor = useWaitsFor(value);
  // Shown together with what it waits for, so that nothing moves. Once shown it stays, whatever it waits for later.
  const shownId = useRef<string | undefined>(undefined);
  if (value && waitsFor.isKnown) shownId.current = value.id;
  const shown = value?.id === shownId.current ? value : undefined;
  return (
    <Page
      title="Delivery"
      id={params.id}
      parent={parent}
      actions={
        shown && mayWrite() && <Actions delivery={shown} destination={waitsFor.destination.value} reload={reload} />
      }
    >
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!shown && !problem && <Skeleton rows={8} />}
      {shown && <Waiting delivery={shown} {...waitsFor} />}
      {shown && <Details delivery={shown} />}
    </Page>
  );
}

function Details({ delivery }: { readonly delivery: DeliveryDetails }) {
  const { id, status, reason, reason_message, attempts, next_attempt_at } = delivery;
  return (
    <>
      <DefinitionList
        entries={[
          ['Status', <StatusBadge key="status" status={status} />],
          ...(reason
            ? [
                [
                  'Reason',
                  [describeReason(reason), reason_message && isolated(reason_message)].filter(Boolean).join(': '),
                ] as const,
              ]
            : []),
          [
            'Event',
            <a key="event" href={page.event(delivery.event_id)}>
              {delivery.event_id}
            </a>,
          ],
          ['Source', <SourceLink key="source" id={delivery.source_id} />],
          [
            'Connection',
            <IdLink key="connection" href={page.connection(delivery.connection_id)} id={delivery.connection_id} />,
          ],
          ['Destination', <DestinationLink key="destination" id={delivery.destination_id} />],
          ['Accepted', <Time key="accepted" at={delivery.created_at} />],
          ...(next_attempt_at ? [['Next attempt', <Time key="next" at={next_attempt_at} />] as const] : []),
          ['Id', <Copyable key="id" text={id} what="id" />],
        ]}
      />
      <h2>Attempts</h2>
      {attempts.length === 0 && <p class="hint">{withoutAttempts(delivery)}</p>}
      {attempts.toReversed().map((attempt, index) => (
        <AttemptView
          key={attempt.number}
          attempt={attempt}
          isOpen={index === 0}
          body={attempt.request_body_from && <SentBody delivery={delivery} from={attempt.request_body_from} />}
        />
      ))}
    </>
  );
}

function withoutAttempts({ status, reason }: Delivery): string {
  if (reason !== null) return `None was made: ${describeReason(reason)}.`;
  return status === 'held' ? 'None yet: it is held.' : 'None has ended yet.';
}

interface ActionsProps extends Pick<Resource<DeliveryDetails>, 'reload'> {
  readonly delivery: Delivery;
  /** Where it waits. `undefined` while it is being loaded, and once it is deleted. */
  readonly destination: Destination | undefined;
}

function Actions({ delivery, destination, reload }: ActionsProps) {
  const isUnderWay = !hasEnded(delivery);
  const isSendable = isWaiting(delivery) ? destination !== undefined && isOpen(destination) : hasEnded(delivery);
  const seen = fingerprintOf(delivery);
  const retrying = useAction(async (post) => {
    await post(`/v1/deliveries/${delivery.id}/retry`);
    say(isUnderWay ? 'It is being tried now. If something still holds it, it is held again' : 'It is on its way');
    reload();
  }, seen);
  const cancelling = useAction(async (post) => {
    await post(`/v1/deliveries/${delivery.id}/cancel`);
    say('It is cancelled');
    reload();
  }, seen);
  const problem = retrying.problem ?? cancelling.problem;
  return (
    <>
      {isSendable && (
        <Button kind="primary" onClick={() => retrying.run()} isBusy={retrying.isBusy}>
          {isUnderWay ? 'Send now' : 'Send again'}
        </Button>
      )}
      {isUnderWay && (
        <Button kind="danger" onClick={() => cancelling.run()} isBusy={cancelling.isBusy}>
          Cancel
        </Button>
      )}
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}
