import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { SourceId } from '../../core/ids.ts';
import { newTransformEngine } from '../../core/transform/engine.ts';
import { toDeliverable } from '../destinations/deliverable.ts';
import { newDestinationTypes } from '../destinations/registry.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { dynamodb, eventbridge, kms, scheduler, sqs } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { destinationNetwork } from '../shared/destination-network.ts';
import { requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { EventTransforms } from '../shared/event-transforms.ts';
import { countUnprocessed } from '../shared/metrics.ts';
import { announce, type OperationalEvent } from '../shared/operational-events.ts';
import { partialBatchResponse } from '../shared/partial-batch-response.ts';
import { configTableFromEnvironment, eventStoreFromEnvironment } from '../shared/tables.ts';
import { configurationCache } from '../shared/ttl-cache.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { CircuitStore } from '../stores/deliveries/circuits.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { FiguresLog } from '../stores/deliveries/figures.ts';
import { LineStore } from '../stores/deliveries/lines.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { CircuitBreakers } from './circuit-breakers.ts';
import { DelayedSender } from './delayed-sender.ts';
import { newDeliveryWorker } from './new-delivery-worker.ts';
import { Releases } from './releases.ts';
import { Transforms } from './transforms.ts';

const now = () => Date.now();
const deliveries = {
  dynamodb: dynamodb(),
  table: requireEnv(variable.deliveriesTable),
  retentionDays: retentionDays(),
};

const vault = new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn));
const configuration = configTableFromEnvironment();
const destinations = new DestinationStore(configuration);
const types = newDestinationTypes({ network: destinationNetwork(), now });
const destinationCache = configurationCache(async (id: Parameters<DestinationStore['get']>[0]) => {
  const destination = await destinations.get(id);
  return destination && toDeliverable(destination, vault, types);
});
const sources = new SourceStore(configuration);
const sourceCache = configurationCache((id: SourceId) => sources.get(id));

const reader = new DeliveryReader(deliveries);
const queue = new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl));
const delayedSender = new DelayedSender({
  queue,
  scheduler: scheduler(),
  scheduleGroup: requireEnv(variable.scheduleGroup),
  scheduleRoleArn: requireEnv(variable.scheduleRoleArn),
  scheduleDeadLetterArn: requireEnv(variable.scheduleDeadLetterArn),
  now,
});
const circuits = new CircuitStore(deliveries);
const announceEvent = (event: OperationalEvent) => announce(eventbridge(), requireEnv(variable.eventBusName), event);
const worker = newDeliveryWorker({
  events: eventStoreFromEnvironment(),
  reader,
  lines: new LineStore(deliveries),
  queue,
  log: new DeliveryLog(deliveries),
  delayedSender,
  transforms: new Transforms({
    connections: new ConnectionStore(configuration),
    eventTransforms: new EventTransforms({
      engine: newTransformEngine(),
      source: (id) => sourceCache.get(id, now()),
    }),
    ttlMs: CONFIGURATION_TTL_MS,
    now,
  }),
  breakers: new CircuitBreakers({
    circuits,
    send: (message, delaySeconds) => delayedSender.sendAfter(message, delaySeconds),
    announce: announceEvent,
    ttlMs: CONFIGURATION_TTL_MS,
    now,
  }),
  disable: (gone) => destinations.disable(gone, new Date(now())),
  forgetDestination: (id) => destinationCache.forget(id),
  releases: new Releases({
    lists: new DeliveryLists(deliveries, reader),
    circuits,
    destination: (id) => destinations.get(id),
    queue,
    delayedSender,
    now,
  }),
  deadLetters: new DeadLetterQueue(sqs(), requireEnv(variable.deadLetterQueueUrl), reader),
  figures: new FiguresLog(deliveries),
  announce: announceEvent,
  destination: (id) => destinationCache.get(id, now()),
  publicUrl: requireEnv(variable.publicUrl),
  now,
  pause: (ms) => sleep(ms),
  random: Math.random,
});

/** Makes the attempts of a batch, and reports the messages that must come back. */
async function handleBatch({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await worker.deliverBatch(
    Records.map(({ messageId, body, attributes }) => ({
      messageId,
      body,
      receiveCount: Number(attributes.ApproximateReceiveCount),
    })),
  );
  countUnprocessed(failed, now());
  return partialBatchResponse(failed);
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(handleBatch);
