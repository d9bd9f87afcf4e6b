import type { Attempt } from '../../core/attempt.ts';
import { firstJob } from '../../core/delivery.ts';
import type { Destination } from '../../core/destination.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { requestOf, type TestWebhook } from '../../core/published-event.ts';
import { deliverable } from '../delivery/deliverable.ts';
import type { Services } from './services.ts';

/** API Gateway waits 29 s: a test waits no longer than this, whatever the destination's own timeout. */
const MAX_TIMEOUT_SECONDS = 20;

export interface TestedDestination {
  readonly succeeded: boolean;
  readonly attempt: Attempt;
}

/**
 * Sends one webhook to a destination now, as delivery would: the same request, signature and rules of addresses. Nothing of
 * it is kept, neither an event nor a delivery nor a figure, and an archived destination is tried like any other.
 */
export async function testDestination(
  services: Services,
  destination: Destination,
  input: TestWebhook,
  { sourceIp, publicUrl, now }: { readonly sourceIp: string; readonly publicUrl: string; readonly now: Date },
): Promise<TestedDestination> {
  const { id: destinationId, organizationId, timeoutSeconds } = destination;
  const bounded = { ...destination, timeoutSeconds: Math.min(timeoutSeconds, MAX_TIMEOUT_SECONDS) };
  const target = await deliverable(bounded, services.vault, services.destinationTypes, now.getTime());
  const sourceId = newId('src', now.getTime());
  const eventId = newEventId(sourceId, now.getTime());
  const startedAtMs = services.now().getTime();
  const { verdict, ...result } = await target.attempt({
    job: firstJob({ id: eventId, organizationId, sourceId }, { connectionId: newId('con'), destinationId }),
    ...requestOf({ ...input, body: input.body ?? defaultBody(destination, now) }, sourceIp),
    eventUrl: `${publicUrl}/events/${eventId}`,
  });
  const durationMs = Math.max(0, services.now().getTime() - startedAtMs);
  return { succeeded: verdict.kind === 'delivered', attempt: { number: 1, startedAtMs, durationMs, ...result } };
}

function defaultBody({ id, name }: Destination, now: Date): string {
  return JSON.stringify({
    type: 'hawser.test',
    destination_id: id,
    destination_name: name,
    sent_at: now.toISOString(),
  });
}
