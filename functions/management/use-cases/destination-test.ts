import { validationFailed } from '../../../core/api-error.ts';
import type { Attempt } from '../../../core/deliveries/attempt.ts';
import { firstJob } from '../../../core/deliveries/delivery.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import { newEventId, newId } from '../../../core/ids.ts';
import { requestOf, type TestWebhook } from '../../../core/ingest/published-event.ts';
import type { TransformedWebhook } from '../../../core/transform/transform-event.ts';
import type { OutgoingRequest } from '../../../core/transform/transformed-request.ts';
import { toDeliverable } from '../../destinations/deliverable.ts';
import { MANAGEMENT_SECONDS } from '../../lifetimes.ts';
import { failureText, type TransformProgram } from '../../shared/event-transforms.ts';
import { eventUrl } from '../../shared/event-url.ts';
import type { Services } from '../services.ts';

/** A test waits no longer than this, whatever the destination's own timeout. The rest is for the response to reach the caller. */
const MAX_TIMEOUT_SECONDS = MANAGEMENT_SECONDS - 9;

export interface TestedDestination {
  readonly succeeded: boolean;
  readonly attempt: Attempt;
}

/**
 * Sends one webhook to a destination now, as delivery would: with the same request, signature and address rules, and in the form
 * of its template. No connection is involved, so no transform is applied. Nothing is stored: no event, no delivery, no figures. An
 * archived destination can be tested like any other.
 * @throws ApiError VALIDATION_FAILED for a body that the template can't be applied to
 */
export async function testDestination(
  services: Services,
  destination: Destination,
  input: TestWebhook,
  { sourceIp, publicUrl, now }: { readonly sourceIp: string; readonly publicUrl: string; readonly now: Date },
): Promise<TestedDestination> {
  const { id: destinationId, organizationId, timeoutSeconds } = destination;
  const bounded = { ...destination, timeoutSeconds: Math.min(timeoutSeconds, MAX_TIMEOUT_SECONDS) };
  const target = await toDeliverable(bounded, services.vault, services.destinationTypes);
  const sourceId = newId('src', now.getTime());
  const eventId = newEventId(sourceId, now.getTime());
  const url = eventUrl(publicUrl, eventId);
  const given = requestOf({ ...input, body: input.body ?? defaultBody(destination, now) }, sourceIp);
  const webhook = { id: eventId, sourceId, url, type: undefined, ...given };
  const request = target.template ? await applyTemplate(services, target.template, webhook) : given;
  const startedAtMs = services.now().getTime();
  const { verdict, ...result } = await target.attempt({
    job: firstJob({ id: eventId, organizationId, sourceId }, { id: newId('con'), destinationId }),
    ...request,
    eventUrl: url,
  });
  const durationMs = Math.max(0, services.now().getTime() - startedAtMs);
  return { succeeded: verdict.kind === 'delivered', attempt: { number: 1, startedAtMs, durationMs, ...result } };
}

async function applyTemplate(
  { eventTransforms }: Pick<Services, 'eventTransforms'>,
  template: TransformProgram,
  webhook: TransformedWebhook,
): Promise<OutgoingRequest> {
  const made = await eventTransforms.transform(template, webhook);
  if (made.kind === 'transformed') return made.request;
  const why = made.kind === 'failed' ? failureText(made) : 'it is dropped';
  throw validationFailed('body', `is nothing that the template can be applied to: ${why}`);
}

function defaultBody({ id, name }: Destination, now: Date): string {
  return JSON.stringify({
    type: 'hawser.test',
    destination_id: id,
    destination_name: name,
    sent_at: now.toISOString(),
  });
}
