import dns, { type LookupOptions } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { Scope } from '../../../core/access/api-key.ts';
import type { DestinationCredentials } from '../../../core/destinations/destination.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { kms } from '../../shared/aws-clients.ts';
import { CredentialVault, openDestinationCredentials } from '../../shared/credentials.ts';
import { requireEnv, variable } from '../../shared/environment.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { DestinationStore } from '../../stores/config/destinations.ts';
import type { Route } from '../http/route.ts';
import {
  type ApiResponse,
  type CallOptions,
  callHandler,
  cookieOf,
  type Handler,
  ROOT_KEY,
} from './gateway.fixture.ts';

export const PUBLIC_URL = 'https://hooks.example.com';
export const WEBSOCKET_URL = 'wss://clients.example.com/live';
export const INGEST_URL = 'https://in.example.com';

/** The exported handler of the management function, called with the events of API Gateway, over the embedded services. */
export class ApiUnderTest {
  readonly services: TestServices;
  readonly #handler: Handler;
  readonly #documents: DynamoDBDocumentClient;
  readonly #routes: readonly Route[];

  private constructor(services: TestServices, handler: Handler, routes: readonly Route[]) {
    this.services = services;
    this.#handler = handler;
    this.#documents = DynamoDBDocumentClient.from(services.clients.dynamodb);
    this.#routes = routes;
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ApiUnderTest> {
    const services = await startServices();
    const { simulators } = services;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: services.endpointUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      [variable.configTable]: resourceNames.config,
      [variable.clientsTable]: resourceNames.clients,
      [variable.websocketUrl]: WEBSOCKET_URL,
      // Nobody listens here: a test that has clients gives another address.
      [variable.clientsEndpoint]: 'http://127.0.0.1:9/live',
      [variable.eventsTable]: resourceNames.events,
      [variable.deliveriesTable]: resourceNames.deliveries,
      [variable.payloadBucket]: resourceNames.bucket,
      [variable.deliveryQueueUrl]: services.deliveryQueue.queueUrl,
      [variable.deadLetterQueueUrl]: services.deadLetterQueue.queueUrl,
      [variable.replayQueueUrl]: services.replayQueue.queueUrl,
      [variable.credentialsKeyArn]: simulators.kms.ensureKey({ logicalName: 'credentials' }).arn,
      [variable.rootKeySecretArn]: simulators.secretsManager.ensureSecret({ name: 'root-key', value: ROOT_KEY }).arn,
      [variable.eventBusName]: resourceNames.eventBus,
      [variable.publicUrl]: PUBLIC_URL,
      [variable.ingestUrl]: INGEST_URL,
      [variable.destinationNetwork]: 'public',
      [variable.retentionDays]: '30',
      [variable.requestsPerMinute]: '100000',
      ...environment,
    });
    forgetNameServers();
    // Not before: the function reads its environment when it is loaded, as in Lambda.
    const [{ handler }, { routes }] = await Promise.all([import('../handler.ts'), import('../http/routes.ts')]);
    return new ApiUnderTest(services, handler, routes);
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<ApiResponse> {
    return callHandler(this.#handler, method, path, options);
  }

  /** A call that must succeed, with a response that has exactly what the route's schema says. */
  async ok(method: string, path: string, options: CallOptions = {}): Promise<ApiResponse['body']> {
    const answer = await this.call(method, path, options);
    const route = this.#routes.find((candidate) => candidate.method === method && fits(candidate.path, path));
    if (!route) throw new Error(`there is no route ${method} ${path}`);
    expect(answer).toMatchObject({ status: route.status });
    expect(route.response.parse(answer.body)).toEqual(answer.body);
    return answer.body;
  }

  /** A new key of an organization that exists, as the response that creates it shows it. */
  newKey(scope: Scope, organization = 'default', fields: object = {}): Promise<ApiResponse['body']> {
    return this.ok('POST', '/v1/api-keys', { body: { name: `a ${scope} key`, scope, ...fields }, organization });
  }

  /** The cookie of a new session, as the browser sends it back. */
  async login(key: string = ROOT_KEY): Promise<string> {
    const { status, headers } = await this.call('POST', '/v1/session', { headers: {}, body: { api_key: key } });
    expect(status).toBe(201);
    return cookieOf(headers);
  }

  /** A call that must fail in the API's own form. */
  async refused(
    status: number,
    code: string,
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<ApiResponse['body']> {
    const answer = await this.call(method, path, options);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(Object.keys(answer.body).sort()).toEqual(
      ['code', ...('details' in answer.body ? ['details'] : []), 'error', 'message', 'request_id'].sort(),
    );
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.ts:\d+|node_modules/);
    return answer.body;
  }

  /** A row of the configuration table. */
  async row(pk: string, sk: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.#documents.send(new GetCommand({ TableName: resourceNames.config, Key: { pk, sk } }));
    return Item;
  }

  /**
   * The whole configuration table as text, except for the counts of requests: to check that a refused request has changed
   * nothing, and that no secret is in it.
   */
  storedText(table: string = resourceNames.config): string {
    return this.storedRows(table).map(bytesAsText).join('\n');
  }

  /** The rows of a table in the services' wire JSON, without those that count requests. */
  storedRows(table: string): readonly string[] {
    return this.services.storedRows(table).filter((row) => !row.includes('"sk":{"S":"requests"}'));
  }

  /** The credentials that delivery would sign and send with. */
  async credentialsOf(id: string): Promise<DestinationCredentials> {
    const destination = await new DestinationStore(
      new ConfigTable(this.services.clients.dynamodb, resourceNames.config),
    ).get(idSchema('dst').parse(id));
    if (!destination) throw new Error(`there is no ${id}`);
    return openDestinationCredentials(new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn)), destination);
  }

  close(): Promise<void> {
    return this.services.close();
  }
}

/** So that a search finds what is stored as bytes, too. */
function bytesAsText(row: string): string {
  const text = (base64: string) => JSON.stringify(Buffer.from(base64, 'base64').toString('latin1'));
  return row.replaceAll(/"B":"([^"]+)"/g, (_, base64: string) => `"B":${text(base64)}`);
}

/** Only this machine's own names resolve: no test waits for a name server, or calls a receiver that is not its own. */
function forgetNameServers(): void {
  const systemLookup = dns.lookup;
  const lookup = (
    host: string,
    options: LookupOptions,
    callback: (error: Error | null, ...found: unknown[]) => void,
  ) => {
    if (host === 'localhost' || isIP(host) !== 0) return systemLookup(host, options, callback);
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  };
  dns.lookup = lookup as typeof dns.lookup;
  syncBuiltinESMExports();
}

function fits(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
