import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { decodeRequest } from '../../core/events/stored-request.ts';
import { newId, type SourceId } from '../../core/ids.ts';
import { createSource, type Source } from '../../core/ingest/source.ts';
import { RestApiGateway } from '../../local/gateway/gateway.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { newSource } from '../management/use-cases/sources.ts';
import { kms } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { requireEnv, variable } from '../shared/environment.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { EventStore } from '../stores/events.ts';

/** The exported handler of the ingest function behind a real gateway, over the embedded services. */
export class IngestUnderTest {
  readonly services: TestServices;
  readonly sources: SourceStore;
  readonly events: EventStore;
  /** Commands sent by the clients of the instance that was served last. */
  calls: string[] = [];
  readonly #gateways: RestApiGateway[] = [];
  #announcedQueueUrl = '';

  private constructor(services: TestServices) {
    const { dynamodb, s3 } = services.clients;
    this.services = services;
    this.sources = new SourceStore(new ConfigTable(dynamodb, resourceNames.config));
    const { events: table, bucket } = resourceNames;
    this.events = new EventStore({ dynamodb, s3, table, bucket, retentionDays: 30 });
  }

  static async start(): Promise<IngestUnderTest> {
    const services = await startServices();
    const { simulators } = services;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: services.endpointUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      [variable.configTable]: resourceNames.config,
      [variable.eventsTable]: resourceNames.events,
      [variable.payloadBucket]: resourceNames.bucket,
      [variable.retentionDays]: '30',
      [variable.ingestUrl]: 'https://in.example.com',
      [variable.credentialsKeyArn]: simulators.kms.ensureKey({ logicalName: 'credentials' }).arn,
      [variable.eventBusName]: resourceNames.eventBus,
    });
    const ingest = new IngestUnderTest(services);
    ingest.#collectAnnounced();
    return ingest;
  }

  /** Routes every published event to a queue that tests read. */
  #collectAnnounced(): void {
    const { sqs, eventBridge } = this.services.simulators;
    const { queueUrl, queueArn } = sqs.ensureQueue({ name: 'announced', attributes: {} });
    this.#announcedQueueUrl = queueUrl;
    eventBridge.ensureRule({
      eventBusName: resourceNames.eventBus,
      name: 'all',
      eventPattern: { source: ['hawser'] },
      targets: [{ Id: 'queue', Arn: queueArn }],
    });
  }

  /** Type and detail of the events that were published about a source since the last call. */
  async announced(sourceId: SourceId): Promise<{ type: unknown; detail: unknown }[]> {
    const { sqs } = this.services.clients;
    const events: { type: unknown; detail: unknown }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#announcedQueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return events;
      for (const { Body = '{}' } of Messages) {
        const event = JSON.parse(Body) as Record<string, unknown>;
        if (Body.includes(sourceId)) events.push({ type: event['detail-type'], detail: event.detail });
      }
    }
  }

  /**
   * Loads another instance of the function.
   * @param environment variables that differ from the usual ones
   * @returns the URL that it is served at
   */
  async serve(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    vi.resetModules();
    const { handler } = await import('./handler.ts');
    vi.unstubAllEnvs();
    await this.#countCalls();
    const invoke = async (_: string, payload: string) => {
      const response = await handler(JSON.parse(payload), {} as Parameters<typeof handler>[1]);
      return { ok: true as const, requestId: 'test', payload: JSON.stringify(response) };
    };
    const routes = ['/in/{source_id}', '/in/{source_id}/{proxy+}'].map((path) => ({
      method: 'ANY' as const,
      path,
      functionArn: 'ingest',
    }));
    const spec = { apiId: 'test', stageName: 'live', binaryMediaTypes: ['*/*'], routes, gatewayResponses: {} };
    const gateway = new RestApiGateway({ runner: { invoke }, clock: this.services.clock, spec });
    this.#gateways.push(gateway);
    const server = await gateway.listen(0);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Counts the calls of the clients that the function was just loaded with. */
  async #countCalls(): Promise<void> {
    const clients = await import('../shared/aws-clients.ts');
    const calls: string[] = [];
    this.calls = calls;
    function counting<Args, Result>(next: (args: Args) => Promise<Result>, context: { commandName?: string }) {
      return (args: Args) => {
        calls.push(context.commandName ?? '');
        return next(args);
      };
    }
    clients.dynamodb().middlewareStack.add(counting, { step: 'initialize' });
    clients.configDynamodb().middlewareStack.add(counting, { step: 'initialize' });
    clients.s3().middlewareStack.add(counting, { step: 'initialize' });
    clients.kms().middlewareStack.add(counting, { step: 'initialize' });
    clients.eventbridge().middlewareStack.add(counting, { step: 'initialize' });
  }

  /** @param settings in the form of an API request */
  newSource(settings: object = {}): Promise<Source> {
    const vault = new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn));
    const input = createSource.parse({ name: 'shop', ...settings });
    return newSource({ sources: this.sources, vault }, newId('org'), input, new Date());
  }

  async stored(sourceId: SourceId) {
    const { items } = await this.events.list(sourceId, { limit: 100, nowMs: Date.now() });
    return Promise.all(
      items.map(async (event) => {
        const decoded = decodeRequest(event.request);
        return { id: event.id, head: decoded.head, kind: decoded.body.kind, body: await this.events.bodyOf(decoded) };
      }),
    );
  }

  async close(): Promise<void> {
    for (const gateway of this.#gateways) await gateway.close();
    await this.services.close();
  }
}
