import { transformTrial } from '../../../core/transform/transform-trial.ts';
import { showTransformation, transformTestAnswer } from '../answers/transform-test.ts';
import { defineRoute } from '../http/route.ts';
import { tryTransform } from '../transforms.ts';

export const transformRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/transforms/test',
    summary: 'Run a transform on an event, stored or given, and see what would be sent; nothing of it is kept',
    // It can show all of a stored event, also headers that events are shown without.
    access: 'write',
    body: transformTrial,
    status: 200,
    response: transformTestAnswer,
    errors: ['RESOURCE_NOT_FOUND'],
    handle: async (request, services) => {
      const { transform: code, variables, subject } = request.body;
      const { organizationId } = request.principal;
      return showTransformation(await tryTransform(services, organizationId, { code, variables }, subject, request));
    },
  }),
];
