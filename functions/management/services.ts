import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import type { SourceId } from '../../core/ids.ts';
import { newTransformEngine } from '../../core/transform/engine.ts';
import type { TransformEngine } from '../../core/transform/transform.ts';
import { type DestinationTypes, newDestinationTypes } from '../destinations/registry.ts';
import { dynamodb, kms, secretsManager, sqs } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { destinationNetwork } from '../shared/destination-network.ts';
import { parseEnv, requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { EventFilters } from '../shared/event-filters.ts';
import { EventTransforms } from '../shared/event-transforms.ts';
import {
  clientsTableFromEnvironment,
  configTableFromEnvironment,
  eventStoreFromEnvironment,
} from '../shared/tables.ts';
import { ClientStore } from '../stores/clients/client-store.ts';
import { TicketStore } from '../stores/clients/ticket-store.ts';
import { ApiKeyStore } from '../stores/config/api-keys.ts';
import type { ConfigTable, WriteCollector } from '../stores/config/config-table.ts';
import type { Tombstone } from '../stores/config/connection-writes.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { IdempotencyStore } from '../stores/config/idempotency.ts';
import { OrganizationStore } from '../stores/config/organizations.ts';
import { ReplayStore } from '../stores/config/replays.ts';
import { RequestCounts } from '../stores/config/request-counts.ts';
import { SessionStore } from '../stores/config/sessions.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { EventCounts } from '../stores/deliveries/event-counts.ts';
import { FiguresReader } from '../stores/deliveries/figures-reader.ts';
import { LineReader } from '../stores/deliveries/line-reader.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { EventStore } from '../stores/events.ts';
import { ReplayQueue } from '../stores/replay-queue.ts';
import { expiresAtSeconds } from '../stores/retention.ts';
import { Cursors } from './http/cursors.ts';
import { RequestQuota } from './http/request-quota.ts';
import { RootKey } from './http/root-key.ts';

interface ConfigStores {
  readonly apiKeys: ApiKeyStore;
  readonly sessions: SessionStore;
  readonly organizations: OrganizationStore;
  readonly sources: SourceStore;
  readonly connections: ConnectionStore;
  readonly destinations: DestinationStore;
  readonly replays: ReplayStore;
}

/** Everything that the routes work with. */
export interface Services extends ConfigStores {
  readonly rootKey: RootKey;
  readonly requestQuota: RequestQuota;
  readonly cursors: Cursors;
  /** What the stores of the configuration share. */
  readonly configuration: ConfigTable;
  readonly idempotency: IdempotencyStore;
  readonly vault: CredentialVault;
  readonly events: EventStore;
  readonly eventFilters: EventFilters;
  readonly transformEngine: TransformEngine;
  readonly eventTransforms: EventTransforms;
  readonly deliveryReader: DeliveryReader;
  readonly deliveryLists: DeliveryLists;
  readonly deliveryLog: DeliveryLog;
  readonly figuresReader: FiguresReader;
  readonly eventCounts: Pick<EventCounts, 'since'>;
  readonly circuits: CircuitStore;
  readonly lineReader: LineReader;
  readonly deliveryQueue: DeliveryQueue;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly replayQueue: ReplayQueue;
  readonly clients: ClientStore;
  readonly tickets: TicketStore;
  /** Where clients connect, without a ticket. */
  readonly websocketUrl: string;
  readonly network: DestinationNetwork;
  /** For testing destinations. */
  readonly destinationTypes: DestinationTypes;
  /** The URL of the dashboard and the API: the origin of their pages and cookies. */
  readonly publicUrl: string;
  readonly ingestUrl: string;
  readonly retentionDays: number;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The same services, but what a create or a publication writes goes to `collect`, to be written in one transaction. */
export function deferringWrites(services: Services, collect: WriteCollector): Services {
  return {
    ...services,
    ...configStores(services.configuration.deferringTo(collect), services.retentionDays),
    events: services.events.deferringTo(collect),
  };
}

function configStores(configuration: ConfigTable, retentionDays: number): ConfigStores {
  return {
    apiKeys: new ApiKeyStore(configuration),
    sessions: new SessionStore(configuration),
    organizations: new OrganizationStore(configuration),
    sources: new SourceStore(configuration),
    connections: new ConnectionStore(configuration),
    destinations: new DestinationStore(configuration),
    replays: new ReplayStore(configuration, retentionDays),
  };
}

export function servicesFromEnvironment(): Services {
  const configuration = configTableFromEnvironment();
  const rootKey = new RootKey(secretsManager(), requireEnv(variable.rootKeySecretArn));
  const days = retentionDays();
  const requestsPerMinute = parseEnv(variable.requestsPerMinute, z.coerce.number().int().min(1));
  const network = destinationNetwork();
  const deliveriesTable = { dynamodb: dynamodb(), table: requireEnv(variable.deliveriesTable) };
  const events = eventStoreFromEnvironment();
  const sources = new SourceStore(configuration);
  const source = (id: SourceId) => sources.get(id);
  const transformEngine = newTransformEngine();
  const deliveryReader = new DeliveryReader(deliveriesTable);
  return {
    rootKey,
    requestQuota: new RequestQuota({ counts: new RequestCounts(configuration), requestsPerMinute }),
    cursors: new Cursors(rootKey),
    configuration,
    ...configStores(configuration, days),
    idempotency: new IdempotencyStore(configuration),
    vault: new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn)),
    events,
    eventFilters: new EventFilters({ events, source }),
    transformEngine,
    eventTransforms: new EventTransforms({ engine: transformEngine, source }),
    deliveryReader,
    deliveryLists: new DeliveryLists(deliveriesTable, deliveryReader),
    deliveryLog: new DeliveryLog({ ...deliveriesTable, retentionDays: days }),
    figuresReader: new FiguresReader(deliveriesTable),
    eventCounts: new EventCounts(deliveriesTable),
    circuits: new CircuitStore(deliveriesTable),
    lineReader: new LineReader(deliveriesTable),
    deliveryQueue: new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl)),
    deadLetterQueue: new DeadLetterQueue(sqs(), requireEnv(variable.deadLetterQueueUrl), deliveryReader),
    replayQueue: new ReplayQueue(sqs(), requireEnv(variable.replayQueueUrl)),
    clients: new ClientStore(clientsTableFromEnvironment()),
    tickets: new TicketStore(clientsTableFromEnvironment()),
    websocketUrl: requireEnv(variable.websocketUrl),
    network,
    destinationTypes: newDestinationTypes({ network, now: Date.now }),
    publicUrl: requireEnv(variable.publicUrl),
    ingestUrl: requireEnv(variable.ingestUrl),
    retentionDays: days,
    now: () => new Date(),
    sleep,
  };
}

/** What is deleted now stays readable in the history for as long as there are events that mention it. */
export function tombstone(now: Date, services: Pick<Services, 'retentionDays'>): Tombstone {
  return {
    deleted_at: now.toISOString(),
    expires_at: expiresAtSeconds(now.getTime(), services.retentionDays),
  };
}
