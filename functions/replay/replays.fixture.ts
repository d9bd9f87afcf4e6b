import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { type DeliveryId, type EventId, newId, type OrganizationId } from '../../core/ids.ts';
import { resourceNames, type TestServices } from '../../test/support/services.ts';
import type { ApiUnderTest } from '../management/testing/api.fixture.ts';
import type { ApiResponse, CallOptions } from '../management/testing/gateway.fixture.ts';
import { type Connected, failedAttempt, HistoryUnderTest, okAttempt } from '../management/testing/history.fixture.ts';
import { type DeliveryMessage, decodeMessage, isDelivery } from '../messages/delivery.ts';
import { decodeReplayMessage } from '../messages/replay.ts';
import { EventFilters } from '../shared/event-filters.ts';
import type { OperationalEvent } from '../shared/operational-events.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { ReplayStore } from '../stores/config/replays.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { DeliveryState } from '../stores/deliveries/delivery-row.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { EventIds } from '../stores/event-ids.ts';
import { EventStore } from '../stores/events.ts';
import { ReplayQueue } from '../stores/replay-queue.ts';
import { ReplayPages } from './replay-pages.ts';
import { ReplayRunner } from './replay-runner.ts';

const HOUR_MS = 3_600_000;

/** Long before a replay begins. */
export const LONG_AGO_MS = Date.now() - 2 * HOUR_MS;

/** The clients that one life of the function uses. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

type Around = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

/** Clients of the same services; each call passes through `around`. */
export function clientsThrough({ endpointUrl }: TestServices, around: Around): Clients {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const options = { endpoint: endpointUrl, region: 'us-east-1', credentials };
  const [dynamodb, sqs] = [new DynamoDBClient(options), new SQSClient(options)];
  for (const { middlewareStack } of [dynamodb, sqs] as { middlewareStack: DynamoDBClient['middlewareStack'] }[]) {
    middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) =>
          around(commandName.replace('Command', ''), () => next(args)),
      { step: 'initialize', priority: 'high' },
    );
  }
  return { dynamodb, sqs };
}

/** The replays of an installation: begun through its API, and run over the queues as Lambda does. */
export class ReplaysUnderTest {
  readonly history: HistoryUnderTest;
  readonly announced: OperationalEvent[] = [];
  readonly organizationId: OrganizationId;
  readonly #api: ApiUnderTest;
  /** How far the function's clock is ahead of the present. */
  laterMs = 0;

  private constructor(api: ApiUnderTest, organizationId: OrganizationId) {
    this.#api = api;
    this.organizationId = organizationId;
    this.history = new HistoryUnderTest(api.services, organizationId);
  }

  /** Starts with a new organization and empty queues. */
  static async start(api: ApiUnderTest): Promise<ReplaysUnderTest> {
    const { simulators, clock, deadLetterQueue, deliveryQueue, replayQueue } = api.services;
    await clock.advance(600_000);
    for (const { queueArn } of [deadLetterQueue, deliveryQueue, replayQueue]) {
      const left = await simulators.sqs.receiveMessages(queueArn, { maxMessages: 10_000, waitTimeMs: 0 });
      await simulators.sqs.deleteMessages(
        queueArn,
        left.map(({ receiptHandle }) => receiptHandle),
      );
    }
    const name = newId('org').replace('_', '-');
    const { id } = await api.ok('POST', '/v1/organizations', { body: { name } });
    return new ReplaysUnderTest(api, id);
  }

  /** Makes an API call in the organization; it must succeed. */
  ok(method: string, path: string, options: CallOptions = {}): Promise<ApiResponse['body']> {
    return this.#api.ok(method, path, { ...options, organization: this.organizationId });
  }

  /** Creates a destination for a source, or for a new source if none is given. */
  async connected(source?: string): Promise<Connected> {
    const from = source ?? (await this.ok('POST', '/v1/sources', { body: { name: 'github' } })).id;
    const body = { url: 'https://example.com/hook' };
    const { id, connection_id } = await this.ok('POST', `/v1/sources/${from}/destinations`, { body });
    return { source: from, destination: id, connection: connection_id };
  }

  /** An event that was accepted this long after `LONG_AGO_MS`. */
  event({ source }: Connected, afterMs: number): Promise<EventId> {
    return this.history.store(source, 'body', [], LONG_AGO_MS + afterMs);
  }

  /** A delivery whose only attempt has ended long ago. */
  ended(ends: Connected, event: EventId, state: DeliveryState): Promise<DeliveryId> {
    const attempt = state.status === 'succeeded' ? okAttempt(1) : failedAttempt(1);
    return this.history.record(event, ends, [{ ...attempt, startedAtMs: LONG_AGO_MS }], state);
  }

  /** A dead letter, in the list and in the queue. */
  async dead(ends: Connected, event: EventId, reason = 'retries_exhausted'): Promise<DeliveryId> {
    await this.deadLetters().send(this.history.jobFor(event, ends), reason);
    return this.ended(ends, event, { status: 'dead', reason });
  }

  /** Creates this many dead letters, in the order of their events. */
  async deadOnes(ends: Connected, count: number): Promise<DeliveryId[]> {
    const ids: DeliveryId[] = [];
    for (let index = 0; index < count; index++) ids.push(await this.dead(ends, await this.event(ends, index)));
    return ids;
  }

  deadLetters(clients: Clients = this.#api.services.clients): DeadLetterQueue {
    const { dynamodb, sqs } = clients;
    const reader = new DeliveryReader({ dynamodb, table: resourceNames.deliveries });
    return new DeadLetterQueue(sqs, this.#api.services.deadLetterQueue.queueUrl, reader);
  }

  runner(clients: Clients = this.#api.services.clients): ReplayRunner {
    const { dynamodb, sqs } = clients;
    const { deliveryQueue, replayQueue } = this.#api.services;
    const { config, events, deliveries } = resourceNames;
    const configuration = new ConfigTable(dynamodb, config);
    const destinations = new DestinationStore(configuration);
    const deliveryReader = new DeliveryReader({ dynamodb, table: deliveries });
    const { s3 } = this.#api.services.clients;
    const eventStore = new EventStore({ dynamodb, s3, table: events, bucket: resourceNames.bucket, retentionDays: 30 });
    return new ReplayRunner({
      replays: new ReplayStore(configuration, 30),
      replayQueue: new ReplayQueue(sqs, replayQueue.queueUrl),
      destinations,
      pages: new ReplayPages({
        destinations,
        connections: new ConnectionStore(configuration),
        deliveryLists: new DeliveryLists({ dynamodb, table: deliveries }, deliveryReader),
        deliveryReader,
        eventIds: new EventIds({ dynamodb, table: events, retentionDays: 30 }),
        events: eventStore,
        filters: new EventFilters({ events: eventStore, source: (id) => new SourceStore(configuration).get(id) }),
      }),
      deliveryQueue: new DeliveryQueue(sqs, deliveryQueue.queueUrl, 0),
      deliveryLog: new DeliveryLog({ dynamodb, table: deliveries, retentionDays: 30 }),
      deadLetterQueue: this.deadLetters(clients),
      announce: async (event) => void this.announced.push(event),
      now: () => Date.now() + this.laterMs,
    });
  }

  /**
   * Runs the step that is due, if there is one. A message is deleted once its step has run.
   * @returns whether there was one
   */
  async step(runner: ReplayRunner = this.runner()): Promise<boolean> {
    const { simulators, replayQueue } = this.#api.services;
    const [message] = await simulators.sqs.receiveMessages(replayQueue.queueArn, { maxMessages: 1, waitTimeMs: 0 });
    if (!message) return false;
    await runner.run(decodeReplayMessage(message.body), Number(message.attributes.ApproximateReceiveCount));
    await simulators.sqs.deleteMessages(replayQueue.queueArn, [message.receiptHandle]);
    return true;
  }

  /** Runs all steps while time passes for the queues. @returns how many */
  async run(runner: ReplayRunner = this.runner()): Promise<number> {
    for (let steps = 0; ; ) {
      if (await this.step(runner)) steps++;
      else if (this.depth('replayQueue') === 0) return steps;
      else await this.#api.services.clock.advance(1_000);
    }
  }

  /** Number of messages in a queue, including those that are delayed or in flight. */
  depth(queue: 'replayQueue' | 'deadLetterQueue' | 'deliveryQueue'): number {
    const { simulators, [queue]: target } = this.#api.services;
    const attributes: Record<string, string | undefined> = simulators.sqs.attributesOf(target.queueArn);
    const names = ['', 'NotVisible', 'Delayed'].map((suffix) => `ApproximateNumberOfMessages${suffix}`);
    return names.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);
  }

  /** Takes the messages that are due out of the delivery queue. */
  async dueJobs(): Promise<DeliveryJob[]> {
    return (await this.dueMessages()).map(({ job }) => job);
  }

  async dueMessages(): Promise<DeliveryMessage[]> {
    const { simulators, deliveryQueue } = this.#api.services;
    const due: DeliveryMessage[] = [];
    for (;;) {
      const messages = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 10, waitTimeMs: 0 });
      if (messages.length === 0) return due;
      const sent = messages.map(({ body }) => decodeMessage(body));
      due.push(...sent.filter(isDelivery));
      const handles = messages.map(({ receiptHandle }) => receiptHandle);
      await simulators.sqs.deleteMessages(deliveryQueue.queueArn, handles);
    }
  }

  /** Takes everything out of the delivery queue, due or not. */
  async allJobs(): Promise<DeliveryJob[]> {
    const jobs = await this.dueJobs();
    while (this.depth('deliveryQueue') > 0) {
      await this.#api.services.clock.advance(1_000);
      jobs.push(...(await this.dueJobs()));
    }
    return jobs;
  }

  async begin(body: object = {}, path = '/v1/replays'): Promise<ApiResponse['body']> {
    return this.ok('POST', path, { body });
  }

  async shown(id: string): Promise<ApiResponse['body']> {
    return this.ok('GET', `/v1/replays/${id}`);
  }

  /** Records a dead letter as delivery does when an attempt fails for the last time. */
  async dieAgain(job: DeliveryJob): Promise<void> {
    const { dynamodb } = this.#api.services.clients;
    const log = new DeliveryLog({ dynamodb, table: resourceNames.deliveries, retentionDays: 30 });
    await this.deadLetters().send(job, 'retries_exhausted');
    const attempt = { ...failedAttempt(job.attempt), startedAtMs: Date.now() };
    await log.recordAttempt(job, attempt, { status: 'dead', reason: 'retries_exhausted' });
  }

  async statusOf(id: string): Promise<string> {
    return (await this.ok('GET', `/v1/deliveries/${id}`)).status;
  }
}
