import { ApiError } from '../../../core/api-error.ts';
import { authenticateByBody, loginBody } from '../http/authenticate.ts';
import { openSession } from '../http/holders.ts';
import type { Principal } from '../http/principal.ts';
import { defineRoute, WithHeaders } from '../http/route.ts';
import { clearSessionCookie, setSessionCookie } from '../http/session-cookie.ts';
import { sessionResponse, toSessionResponse } from '../responses/session.ts';
import { DELETED, deleted } from '../responses/success.ts';
import type { Services } from '../services.ts';

/** Who is asking, in the form that a dashboard needs. */
async function sessionOf(principal: Principal, { organizations }: Services) {
  const organization = await organizations.get(principal.organizationId);
  if (!organization) throw new Error(`${principal.organizationId} is gone, and organizations are never deleted`);
  return toSessionResponse(principal, organization);
}

export const sessionRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/session',
    summary: 'Log in: the response sets the cookie of a session that may do whatever the key may',
    access: 'read',
    authenticate: authenticateByBody,
    body: loginBody,
    // A repeat would return a session that may have ended already, and its token would have to be stored until then.
    idempotency: 'ignored',
    status: 201,
    response: sessionResponse,
    handle: async ({ principal, publicUrl }, services) => {
      const { session, token } = await openSession(principal.holder, services);
      return new WithHeaders(await sessionOf({ ...principal, session }, services), setSessionCookie(token, publicUrl));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/session',
    summary: 'Who is asking: organization, scope and key',
    access: 'read',
    status: 200,
    response: sessionResponse,
    handle: ({ principal }, services) => sessionOf(principal, services),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/session',
    summary: 'Log out: the session ends at once',
    access: 'read',
    status: 200,
    response: deleted,
    handle: async ({ principal, publicUrl }, { sessions }) => {
      const { session } = principal;
      if (!session) throw new ApiError('RESOURCE_NOT_FOUND', 'There is no session to end: the request came with a key');
      await sessions.delete(session.digest);
      return new WithHeaders(DELETED, clearSessionCookie(publicUrl));
    },
  }),
];
