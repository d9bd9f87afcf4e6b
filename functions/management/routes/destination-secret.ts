import { rotateSecret } from '../../../core/destinations/destination-schema.ts';
import { retryOnStaleRead } from '../../stores/config/optimistic-update.ts';
import { defineRoute } from '../http/route.ts';
import { createdDestinationResponse } from '../responses/destination.ts';
import { rotateDestinationSecret, toResponseWithFigures } from '../use-cases/destinations.ts';
import { destinationParams } from './destinations.ts';

export const destinationSecretRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/rotate-secret',
    summary:
      'Give a destination a new secret, which is shown only in this response; the old one also signs for a while',
    access: 'write',
    params: destinationParams,
    body: rotateSecret,
    // Done twice, it would end the secret that receivers know, and replace it with one that nobody was shown.
    idempotency: 'atomic',
    status: 200,
    response: createdDestinationResponse,
    handle: async ({ principal, params, body, now }, services) => {
      const rotated = await retryOnStaleRead(() =>
        rotateDestinationSecret(services, principal.organizationId, params.id, body, now),
      );
      return { ...(await toResponseWithFigures(services, rotated.destination)), secret: rotated.secret };
    },
  }),
];
