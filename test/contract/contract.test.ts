import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { afterAll, describe, expect, it } from 'vitest';
import { newId } from '../../core/ids.ts';
import { managementHandler } from '../../functions/management/http/management-handler.ts';
import { RootKey } from '../../functions/management/http/root-key.ts';
import { routes } from '../../functions/management/http/routes.ts';
import { servicesFromEnvironment } from '../../functions/management/services.ts';
import {
  type ApiResponse,
  type CallOptions,
  callHandler,
  ROOT_KEY,
} from '../../functions/management/testing/gateway.fixture.ts';
import { gatewayResponses, responseTemplate } from '../../lib/gateway-responses.ts';
import { parseProxyResponse } from '../../local/gateway/proxy-response.ts';
import type { DocumentedOperation } from './api-document.ts';
import { type Inhabitant, World } from './world.ts';

/** The headers that a caller gets of a function's answer, by their names in lower case. */
function throughGateway({ status, headers }: ApiResponse): Record<string, string> {
  const sent = parseProxyResponse(JSON.stringify({ statusCode: status, headers }), false).headers;
  const pairs = Array.from({ length: sent.length / 2 }, (_, index) => [sent[index * 2], sent[index * 2 + 1]]);
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value]));
}

/** Calls every operation of the document like a client that knows nothing else. */

const world = await World.start();
afterAll(() => world.close());
const { document } = world;

const all = document.operations;
const behindKey = all.filter(({ operation }) => operation.security.length > 0);
const withBody = all.filter(({ body, path }) => body && path.startsWith('/v1/'));
const documents = (status: number) => (operation: DocumentedOperation) =>
  operation.operation.responses[status] !== undefined;

/** Calls an operation with the document's example. */
async function call(
  { tenant, options = {} }: { tenant: Inhabitant; options?: CallOptions },
  operation: DocumentedOperation,
  path: string = tenant.pathOf(operation),
): Promise<ApiResponse> {
  const { id, method, body } = operation;
  // The second source and destination are not connected yet.
  const example = body && { body: tenant.translate(body.example as object, id === 'createConnection' ? 1 : 0) };
  return world.call({ method, path }, { ...example, organization: tenant.name, ...options });
}

/** What must have happened before an operation does what its example shows. */
const before: Readonly<Record<string, (tenant: Inhabitant) => Promise<unknown>>> = {
  cancelDelivery: (tenant) => call({ tenant }, document.named('replayDeadLetter')),
  createDestinationTicket: ({ tenant }) => tenant.haveWebsocketDestinationAlone(),
};

/** What authorizes a call, if not the usual key: ending a session takes a session. */
async function proofFor({ id }: DocumentedOperation): Promise<CallOptions> {
  return id === 'deleteSession' ? { cookie: await world.api.login() } : {};
}

/** A tenant that also has a source and a destination that are not connected, for bodies to name. */
async function newTenant(): Promise<Inhabitant> {
  const inhabitant = await world.newTenant();
  await inhabitant.tenant.createSource();
  await inhabitant.tenant.createDestination();
  return inhabitant;
}

function expectPromised(operation: DocumentedOperation, answer: ApiResponse, status: number, code?: string): void {
  expect(document.problemsOfResponse(operation, answer)).toEqual([]);
  expect([operation.id, answer.status, answer.body]).toEqual([
    operation.id,
    status,
    code === undefined ? expect.anything() : expect.objectContaining({ code }),
  ]);
}

const successOf = ({ operation }: DocumentedOperation) => Number(Object.keys(operation.responses)[0]);

it('the document has exactly the routes of the API and the ingest URL', () => {
  const documented = all.map(({ method, path }) => `${method} ${path}`);
  const existing = routes.map(({ method, path }) => `${method} ${path}`);
  expect(documented.sort()).toEqual([...existing, 'POST /in/{source_id}'].sort());
});

describe('an operation called with its example', () => {
  it.each(all)('$id answers as the document says', async (operation) => {
    const tenant = await newTenant();
    const { body } = operation;
    if (body?.schema.contentMediaType === undefined) {
      expect(body ? document.problemsOf(body.schema, tenant.translate(body.example)) : []).toEqual([]);
    }
    await before[operation.id]?.(tenant);
    const answer = await call({ tenant, options: await proofFor(operation) }, operation);
    expectPromised(operation, answer, successOf(operation));
  });

  const filtered = all.flatMap((operation) =>
    operation.parameters
      .filter((parameter) => parameter.in === 'query' && parameter.name !== 'cursor')
      .map((parameter) => ({ id: operation.id, parameter, operation })),
  );
  it.each(filtered)('$id accepts ?$parameter.name=', async ({ operation, parameter }) => {
    const tenant = await newTenant();
    const value = tenant.translate(parameter.example);
    expect(document.problemsOf(parameter.schema, value)).toEqual([]);
    const query = { [parameter.name]: String(value) };
    expectPromised(operation, await call({ tenant, options: { query } }, operation), successOf(operation));
  });

  const lists = all.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
  it.each(lists)('$id accepts the cursor that it returns', async (operation) => {
    const tenant = await newTenant();
    await tenant.tenant.createConnected(0);
    await tenant.tenant.createKey();
    await tenant.tenant.makeDeadLetter(0);
    await tenant.tenant.createReplay();
    const first = await call({ tenant, options: { query: { limit: '1' } } }, operation);
    expectPromised(operation, first, 200);
    const { cursor } = first.body;
    expect(cursor).toEqual(expect.any(String));
    expectPromised(operation, await call({ tenant, options: { query: { limit: '1', cursor } } }, operation), 200);
  });
});

describe('an operation that refuses', () => {
  const validating = all.filter((operation) => document.codesOf(operation, 400).includes('VALIDATION_FAILED'));
  it.each(validating)('$id answers 400 to an unknown parameter', async (operation) => {
    const options = { ...(await proofFor(operation)), query: { colour: 'red' } };
    const answer = await call({ tenant: await newTenant(), options }, operation);
    expectPromised(operation, answer, 400, 'VALIDATION_FAILED');
  });

  it.each(withBody)('$id answers 400 to a body that is not JSON', async (operation) => {
    const answer = await call({ tenant: await newTenant(), options: { body: '{' } }, operation);
    expectPromised(operation, answer, 400, 'INVALID_JSON');
  });

  const withUrl = all.filter((operation) => document.codesOf(operation, 400).includes('INVALID_URL'));
  it.each(withUrl)('$id answers 400 to a URL that nothing may be sent to', async (operation) => {
    const options = { body: { ...(operation.body?.example as object), url: 'https://127.0.0.1/' } };
    expectPromised(operation, await call({ tenant: await newTenant(), options }, operation), 400, 'INVALID_URL');
  });

  const withKey = all.filter(({ path }) => path.startsWith('/v1/')).filter(documents(401));
  it.each(withKey)('$id answers 401 without a valid key', async (operation) => {
    const options = { headers: {}, ...(operation.id === 'createSession' && { body: { api_key: 'wrong' } }) };
    const answer = await call({ tenant: await newTenant(), options }, operation);
    expectPromised(operation, answer, 401, 'UNAUTHORIZED');
    expect(document.headersOf(operation, 401)).toEqual(['x-amzn-remapped-www-authenticate']);
    expect(throughGateway(answer)).toMatchObject({ 'x-amzn-remapped-www-authenticate': 'Bearer' });
  });

  it('sendWebhook answers 401 to a webhook that fails verification', async () => {
    const [{ name }, operation] = [await newTenant(), document.named('sendWebhook')];
    const body = { name: 'github', verification: { type: 'github', secret: 'a-secret-of-github' } };
    const { id } = await world.api.ok('POST', '/v1/sources', { organization: name, body });
    const answer = await world.call({ method: 'POST', path: `/in/${id}` }, { headers: {}, body: {} });
    expectPromised(operation, answer, 401, 'UNAUTHORIZED');
  });

  it('sendWebhook answers 508 to a webhook that has passed through Hawser eight times', async () => {
    const [{ name }, operation] = [await newTenant(), document.named('sendWebhook')];
    const { id } = await world.api.ok('POST', '/v1/sources', { organization: name, body: { name: 'loop' } });
    const headers = { 'CDN-Loop': Array(8).fill('hawser').join() };
    const answer = await world.call({ method: 'POST', path: `/in/${id}` }, { headers, body: {} });
    expectPromised(operation, answer, 508, 'LOOP_DETECTED');
  });

  it.each(all.filter(documents(403)))(
    '$id answers 403 to a key without the scope, and to a page of another site',
    async (operation) => {
      const tenant = await newTenant();
      const { 'x-required-scope': scope } = operation.operation;
      if (scope !== 'read') {
        const { key } = await world.api.newKey(scope === 'root' ? 'admin' : 'read', tenant.name);
        expectPromised(operation, await call({ tenant, options: { key } }, operation), 403, 'FORBIDDEN');
      }
      if (operation.method === 'GET') return;
      const headers = { Cookie: await world.api.login(), 'Sec-Fetch-Site': 'cross-site' };
      expectPromised(operation, await call({ tenant, options: { headers } }, operation), 403, 'FORBIDDEN');
    },
  );

  it.each(all.filter(documents(404)))('$id answers 404 to what does not exist', async (operation) => {
    const tenant = await newTenant();
    const { path, parameters } = operation;
    if (path.startsWith('/v1/')) {
      const answer = await call({ tenant, options: { organization: 'nobody' } }, operation);
      expectPromised(operation, answer, 404, 'RESOURCE_NOT_FOUND');
    }
    const inPath = parameters.find((parameter) => parameter.in === 'path');
    if (!inPath) return;
    const unknown = path.replace(`{${inPath.name}}`, newId(String(inPath.example).slice(0, 3)));
    expectPromised(operation, await call({ tenant }, operation, unknown), 404, 'RESOURCE_NOT_FOUND');
  });

  const repeated = [
    'createOrganization',
    'createConnection',
    'replayDeadLetter',
    'deleteDeadLetter',
    'retryDelivery',
    'cancelReplay',
  ];
  it.each(repeated)('%s answers 409 when repeated', async (id) => {
    const [tenant, operation] = [await newTenant(), document.named(id)];
    await call({ tenant }, operation);
    expectPromised(operation, await call({ tenant }, operation), 409, 'CONFLICT');
  });

  it.each(all.filter(documents(413)))('$id answers 413 to a body that is too large', async (operation) => {
    const limitBytes = operation.path.startsWith('/in/') ? 4_500_000 : 256 * 1024;
    const options = { body: ' '.repeat(limitBytes + 1) };
    expectPromised(operation, await call({ tenant: await newTenant(), options }, operation), 413, 'PAYLOAD_TOO_LARGE');
  });

  it.each(behindKey)('$id answers 500 when a service behind it fails', async (operation) => {
    const rootKey = new RootKey(
      { send: () => Promise.reject(new Error('AccessDenied: arn:aws:kms:…')) } as never,
      'arn',
    );
    const handler = managementHandler({ ...servicesFromEnvironment(), rootKey });
    const tenant = await newTenant();
    const answer = await callHandler(handler, operation.method, tenant.pathOf(operation), { key: ROOT_KEY });
    expectPromised(operation, answer, 500, 'INTERNAL_ERROR');
    expect(JSON.stringify(answer.body)).not.toContain('AccessDenied');
  });

  const ofGateway = gatewayResponses.flatMap((answer) => {
    const { type, statusCode = '' } = answer;
    // The default answer stands for several.
    if (type === ResponseType.DEFAULT_4XX) return ['400', '431'].map((one) => ({ ...answer, statusCode: one }));
    return ['429', '502', '504'].includes(statusCode) ? [{ ...answer, statusCode }] : [];
  });
  it.each(ofGateway)('every operation documents the $statusCode of API Gateway', ({ headers, ...answer }) => {
    const body = JSON.parse(responseTemplate(answer).replace('$context.error.messageString', '"Bad Request"'));
    for (const operation of all) {
      const status = Number(answer.statusCode);
      expectPromised(operation, { status, headers: { 'content-type': 'application/json' }, body }, status, answer.code);
    }
  });
});
