import { transformTest } from '../../../core/transform/transform-test.ts';
import { defineRoute } from '../http/route.ts';
import { toTransformTestResponse, transformTestResponse } from '../responses/transform-test.ts';
import { tryTransform } from '../use-cases/transforms.ts';

export const transformRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/transforms/test',
    summary: 'Run a transform on a stored or given event, and see what would be sent; nothing is stored',
    // Not `read`: a transform can show everything in a stored event, including headers that are hidden when events are shown.
    access: 'write',
    body: transformTest,
    status: 200,
    response: transformTestResponse,
    errors: ['RESOURCE_NOT_FOUND'],
    handle: async (request, services) => {
      const { transform: code, variables, testedEvent } = request.body;
      const { organizationId } = request.principal;
      return toTransformTestResponse(
        await tryTransform(services, organizationId, { code, variables }, testedEvent, request),
      );
    },
  }),
];
