import { givenRequest } from '../../../core/events/given-event.ts';
import { filterTest } from '../../../core/filter/filter-test.ts';
import { defineRoute } from '../http/route.ts';
import { filterTestResponse, toFilterTestResponse } from '../responses/filter-test.ts';
import { findEvent } from '../use-cases/history.ts';

export const filterRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/filters/test',
    summary: 'Try a filter on a stored or given event; nothing is stored',
    // Not `read`: with enough questions, a filter reveals a stored event, including headers that are hidden when events are
    // shown.
    access: 'write',
    body: filterTest,
    status: 200,
    response: filterTestResponse,
    errors: ['RESOURCE_NOT_FOUND'],
    handle: async ({ principal, body: { filter, testedEvent } }, services) => {
      const evaluate =
        'event' in testedEvent
          ? services.eventFilters.createRequestEvaluator(givenRequest(testedEvent.event))
          : services.eventFilters.createEvaluator(
              await findEvent(services, principal.organizationId, testedEvent.eventId),
            );
      return toFilterTestResponse(await evaluate(filter));
    },
  }),
];
