import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from './clock.ts';
import type { Assembly } from './cloudformation/assembly.ts';
import { arnsOf, type Deployment, deploy } from './cloudformation/deployment.ts';
import type { Template } from './cloudformation/template.ts';
import { Distribution } from './cloudfront/distribution.ts';
import { assembleIn, openInDataFolder } from './data-folder.ts';
import { DataFolderLock } from './data-folder-lock.ts';
import { Database } from './database.ts';
import { eventSourceFor } from './event-sources.ts';
import { RestApiGateway } from './gateway/gateway.ts';
import { LambdaRunner, type LambdaRunnerOptions } from './lambda/runner.ts';
import { type RootKey, rootKeyOf } from './root-key.ts';
import { RunningTime } from './running-time.ts';
import { createSimulators, type Simulators, wiresOf } from './simulators.ts';
import { StopTime, stopMs } from './stop-time.ts';
import { WebSocketGateway } from './websocket/gateway.ts';
import { AwsEndpoint } from './wire/endpoint.ts';

const host = '127.0.0.1';

export interface LocalStackOptions {
  /** Folder of all state, created if missing. Only one running stack may use it. */
  readonly dataDir: string;
  /** Called once this stack holds the data folder. It may take a while: the rest of the start goes on meanwhile. */
  readonly assembly: () => Assembly | Promise<Assembly>;
  /** Port of the API; 0 takes a free one. */
  readonly apiPort: number;
  /** Port of the AWS endpoint; 0 takes a free one. */
  readonly awsPort: number;
  readonly region?: string;
  readonly clock?: Clock;
  /** Replaces the root key in the data folder. */
  readonly rootKey?: string;
  /** How the functions reach the AWS endpoint: see the runner. */
  readonly transport?: LambdaRunnerOptions['transport'];
  /** Invocations that one environment of a function takes at once: see the runner. */
  readonly environmentConcurrency?: number;
}

interface StartedParts {
  readonly apiUrl: string;
  readonly awsEndpointUrl: string;
  readonly rootKey: RootKey;
  readonly template: Template;
  readonly deployment: Deployment;
  readonly simulators: Simulators;
  readonly runner: LambdaRunner;
}

/** The stack on one machine: a synthesized template, running. Several may run in one process, each on a data folder of its own. */
export class LocalStack {
  readonly apiUrl: string;
  readonly awsEndpointUrl: string;
  readonly rootKey: RootKey;
  readonly template: Template;
  /** The deployed resources of the template. */
  readonly deployment: Deployment;
  /** For tests and tools that look inside without going over the wire. */
  readonly simulators: Simulators;
  readonly runner: LambdaRunner;
  readonly #running: AsyncDisposableStack;

  private constructor(running: AsyncDisposableStack, parts: StartedParts) {
    this.#running = running;
    this.apiUrl = parts.apiUrl;
    this.awsEndpointUrl = parts.awsEndpointUrl;
    this.rootKey = parts.rootKey;
    this.template = parts.template;
    this.deployment = parts.deployment;
    this.simulators = parts.simulators;
    this.runner = parts.runner;
  }

  /**
   * Starts one part after another. If one fails, those that run are ended again.
   * @throws StartError for what the user can change; Node's own error, with the port, if a port can't be listened on.
   */
  static async start(options: LocalStackOptions): Promise<LocalStack> {
    const { dataDir, region = 'us-east-1', clock = systemClock } = options;
    await using running = new AsyncDisposableStack();
    const stopTime = new StopTime(stopMs.inFlight);
    const lock = openInDataFolder(dataDir, () => DataFolderLock.acquire(dataDir));
    running.defer(() => lock.release());
    const apiPort = await requireFreePort(options.apiPort);
    const database = openInDataFolder(dataDir, () => new Database(join(dataDir, 'hawser.db')));
    running.defer(() => database.close());
    const endpoint = new AwsEndpoint();
    const awsServer = await endpoint.listen(options.awsPort, host);
    running.defer(() => closeServer(awsServer));
    const awsEndpointUrl = urlOf(awsServer);
    const assembling = assembleIn(options);
    const runningTime = new RunningTime(database, clock);
    const simulators = createSimulators({ database, clock, region, endpointUrl: awsEndpointUrl, runningTime });
    for (const wire of wiresOf(simulators)) endpoint.add(wire);
    endpoint.addPage('/_hawser/consumed-capacity', () => ({ consumed: simulators.dynamodb.consumedCapacity() }));
    const runner = new LambdaRunner({
      clock,
      endpoint,
      endpointUrl: awsEndpointUrl,
      region,
      logDirectory: join(dataDir, 'logs'),
      compileCacheDirectory: join(dataDir, 'compile-cache'),
      closeGraceMs: stopMs.invocations,
      ...(options.transport && { transport: options.transport }),
      ...(options.environmentConcurrency && { environmentConcurrency: options.environmentConcurrency }),
    });
    running.defer(() => runner.close());

    const assembly = await assembling;
    const target = { region, webSocketEndpoint: `ws://${host}:${apiPort}` };
    const deployment = await deploy(assembly, target, { ...simulators, runner });
    endpoint.protectFromDestinations({ arns: arnsOf(deployment), accessKeyId: runner.accessKeyId });
    const warming = runner.warm();
    const rootKey = rootKeyOf(deployment, simulators.secretsManager, options.rootKey);
    for (const part of [runningTime, simulators.dynamodb, simulators.scheduler]) {
      part.start();
      running.defer(() => stopTime.wait(part.stop(), stopMs.batches));
    }
    const sources = deployment.eventSourceMappings.map((mapping) =>
      eventSourceFor({ mapping, simulators, runner, clock, database }),
    );
    for (const source of sources) source.start();
    running.defer(() => stopTime.wait(Promise.all(sources.map((source) => source.stop())), stopMs.batches));

    // Once the stack is ready, the first webhook must be as fast as the next.
    await warming;
    const webSockets =
      deployment.webSocketApi &&
      new WebSocketGateway({
        runner,
        clock,
        spec: deployment.webSocketApi,
        connections: simulators.webSocketConnections,
      });
    const site = deployment.distribution && new Distribution({ spec: deployment.distribution, objects: simulators.s3 });
    const gateway = new RestApiGateway({
      runner,
      clock,
      spec: deployment.restApi,
      ...(webSockets && { upgrades: webSockets }),
      ...(site && { front: site.handle }),
    });
    const apiUrl = urlOf(await gateway.listen(apiPort, host));
    running.defer(() =>
      stopTime.wait(Promise.all([webSockets?.close(), gateway.close(stopMs.responses)]), stopMs.responses),
    );
    return new LocalStack(running.move(), {
      apiUrl,
      awsEndpointUrl,
      rootKey,
      template: assembly.template,
      deployment,
      simulators,
      runner,
    });
  }

  /** Where clients connect to the WebSocket API, if the template has one. */
  get webSocketUrl(): string | undefined {
    const { webSocketApi } = this.deployment;
    return webSocketApi && `${this.apiUrl.replace('http:', 'ws:')}/${webSocketApi.stageName}`;
  }

  get outputs(): Readonly<Record<string, string>> {
    return this.deployment.outputs;
  }

  /** Stops accepting requests, gives work in flight a few seconds to finish, and closes the data folder. */
  async close(): Promise<void> {
    await this.#running.disposeAsync();
  }
}

/**
 * Listens briefly, so that a port in use is reported before the synthesis instead of after it.
 * @returns the port. For 0 this is the free port that was chosen, because the deployment must know it.
 */
async function requireFreePort(port: number): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const taken = Number(new URL(urlOf(server)).port);
  await closeServer(server);
  return taken;
}

async function closeServer(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections?.();
  await closed;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return `http://${host}:${address.port}`;
}
