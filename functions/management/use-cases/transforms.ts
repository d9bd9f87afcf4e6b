import { validationFailed } from '../../../core/api-error.ts';
import { givenRequest, type TestedEvent } from '../../../core/events/given-event.ts';
import { decodeRequest } from '../../../core/events/stored-request.ts';
import { newEventId, newId, type OrganizationId } from '../../../core/ids.ts';
import { compressTransform, type StoredTransform } from '../../../core/transform/stored-transform.ts';
import type { TransformCode } from '../../../core/transform/transform.ts';
import { failureText, type Transformation, type TransformProgram } from '../../shared/event-transforms.ts';
import { eventUrl } from '../../shared/event-url.ts';
import type { Services } from '../services.ts';
import { findEvent } from './history.ts';

/** A transform in the form that connections store. @throws ApiError VALIDATION_FAILED if it can't be run */
export async function toStoredTransform(
  { transformEngine }: Pick<Services, 'transformEngine'>,
  code: TransformCode | null,
): Promise<StoredTransform | null> {
  if (code === null) return null;
  const problem = await transformEngine.check(code);
  if (problem) throw validationFailed('transform', failureText(problem));
  return compressTransform(code);
}

/** Runs a transform on an event as delivery would. @throws ApiError RESOURCE_NOT_FOUND if there is no such event */
export async function tryTransform(
  services: Services,
  organizationId: OrganizationId,
  program: TransformProgram,
  testedEvent: TestedEvent,
  { publicUrl, sourceIp, now }: { readonly publicUrl: string; readonly sourceIp: string; readonly now: Date },
): Promise<Transformation> {
  if ('eventId' in testedEvent) {
    const event = await findEvent(services, organizationId, testedEvent.eventId);
    const request = decodeRequest(event.request);
    const body = await services.events.bodyOf(request);
    if (!body) return { kind: 'failed', logs: [], message: 'the body has expired', line: undefined };
    const webhook = { id: event.id, sourceId: event.sourceId, url: eventUrl(publicUrl, event.id) };
    return services.eventTransforms.transformStored(program, webhook, { head: request.head, body });
  }
  const { head, body, eventType } = givenRequest(testedEvent.event);
  const sourceId = newId('src', now.getTime());
  const id = newEventId(sourceId, now.getTime());
  return services.eventTransforms.transform(program, {
    id,
    sourceId,
    url: eventUrl(publicUrl, id),
    type: await eventType(),
    head: { ...head, sourceIp },
    body: await body(),
  });
}
