import type { ComponentChildren } from 'preact';
import { page } from '../../api/paths.ts';
import { isAnswered, useResource } from '../../api/resource.ts';
import type { Connection, Delivery, Page as ListPage, OverviewResponse } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Empty } from '../../ui/empty.tsx';

const REFRESH_MS = 15_000;

/** How far somebody has got on the way to the first delivery. */
export interface Steps {
  readonly hasSource: boolean;
  readonly hasDestination: boolean;
  /** A source that is connected to a destination; `undefined` if there is none. */
  readonly connectedSourceId: string | undefined;
}

/**
 * Loaded only if nothing was delivered in the overview's window.
 * @returns `null` if there has ever been a delivery, `undefined` while that is not known
 */
export function useFirstSteps(overview: OverviewResponse | undefined): Steps | null | undefined {
  const isQuiet = overview?.total_deliveries === 0;
  const hasDestination = isQuiet && overview.destinations.count > 0;
  const connections = useResource<ListPage<'connections', Connection>>(
    hasDestination ? '/v1/connections?limit=1' : undefined,
    { everyMs: REFRESH_MS, until: ({ connections: { length } }) => length > 0 },
  );
  const deliveries = useResource<ListPage<'deliveries', Delivery>>(
    hasDestination ? '/v1/deliveries?limit=1' : undefined,
    { everyMs: REFRESH_MS, until: ({ deliveries: { length } }) => length > 0 },
  );
  if (!overview) return undefined;
  if (!isQuiet) return null;
  const hasSource = overview.sources.count > 0;
  if (!hasDestination) return { hasSource, hasDestination, connectedSourceId: undefined };
  if (!isAnswered(connections) || !isAnswered(deliveries)) return undefined;
  // If it can't be found out, no steps are shown: they may have been done long ago.
  if (!connections.value || !deliveries.value || deliveries.value.deliveries.length > 0) return null;
  return { hasSource, hasDestination, connectedSourceId: connections.value.connections[0]?.source_id };
}

interface FirstStepsProps {
  readonly steps: Steps;
}

/** The steps until the first webhook arrives. */
export function FirstSteps({ steps }: FirstStepsProps) {
  const { hasSource, connectedSourceId } = steps;
  const line = 'the curl line that the source shows';
  return (
    <Empty title="Three steps to the first delivery">
      <ol>
        <Step isDone={hasSource}>
          {mayWrite() ? (
            <a href={page.sources}>Make a source</a>
          ) : (
            'Somebody with a key of the scope write or admin makes a source'
          )}
          : it has the URL that a sender sends its webhooks to.
        </Step>
        <Step isDone={connectedSourceId !== undefined}>
          {mayWrite() ? (
            <Connect {...steps} />
          ) : (
            'They also make a destination, and connect the source to it: that is where webhooks go.'
          )}
        </Step>
        <Step isDone={false}>
          Send one with {connectedSourceId ? <a href={page.source(connectedSourceId)}>{line}</a> : line}, and see it
          arrive.
        </Step>
      </ol>
    </Empty>
  );
}

function Connect({ hasDestination, connectedSourceId }: Steps) {
  if (hasDestination && connectedSourceId === undefined) {
    return (
      <>
        <a href={page.connections}>Connect the source</a> to a destination, which is where they go, or{' '}
        <a href={page.newDestination}>make another destination</a>.
      </>
    );
  }
  return (
    <>
      <a href={page.newDestination}>Make a destination</a> and connect the source to it: that is where they go.
    </>
  );
}

function Step({ isDone, children }: { readonly isDone: boolean; readonly children: ComponentChildren }) {
  return (
    <li>
      {children} {isDone && <Badge tone="good">done</Badge>}
    </li>
  );
}
