import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { decodeReplayMessage } from '../messages/replay.ts';
import { dynamodb, eventbridge, sqs } from '../shared/aws-clients.ts';
import { requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { EventFilters } from '../shared/event-filters.ts';
import { logger } from '../shared/logger.ts';
import { countUnprocessed } from '../shared/metrics.ts';
import { announce } from '../shared/operational-events.ts';
import { partialBatchResponse } from '../shared/partial-batch-response.ts';
import { configTableFromEnvironment, eventStoreFromEnvironment } from '../shared/tables.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { ReplayStore } from '../stores/config/replays.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { DeadLetterQueue } from '../stores/dead-letter-queue.ts';
import { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { EventIds } from '../stores/event-ids.ts';
import { ReplayQueue } from '../stores/replay-queue.ts';
import { ReplayPages } from './replay-pages.ts';
import { ReplayRunner } from './replay-runner.ts';

const configuration = configTableFromEnvironment();
const deliveries = { dynamodb: dynamodb(), table: requireEnv(variable.deliveriesTable) };
const destinations = new DestinationStore(configuration);
const sources = new SourceStore(configuration);
const events = eventStoreFromEnvironment();
const deliveryReader = new DeliveryReader(deliveries);

const runner = new ReplayRunner({
  replays: new ReplayStore(configuration, retentionDays()),
  replayQueue: new ReplayQueue(sqs(), requireEnv(variable.replayQueueUrl)),
  destinations,
  pages: new ReplayPages({
    destinations,
    connections: new ConnectionStore(configuration),
    deliveryLists: new DeliveryLists(deliveries, deliveryReader),
    deliveryReader,
    eventIds: new EventIds({
      dynamodb: dynamodb(),
      table: requireEnv(variable.eventsTable),
      retentionDays: retentionDays(),
    }),
    events,
    filters: new EventFilters({ events, source: (id) => sources.get(id) }),
  }),
  deliveryQueue: new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl)),
  deliveryLog: new DeliveryLog({ ...deliveries, retentionDays: retentionDays() }),
  deadLetterQueue: new DeadLetterQueue(sqs(), requireEnv(variable.deadLetterQueueUrl), deliveryReader),
  announce: (event) => announce(eventbridge(), requireEnv(variable.eventBusName), event),
  now: () => Date.now(),
});

/** Runs steps of replays, and reports the messages that must come back. */
async function handleBatch({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  for (const { messageId, body, attributes } of Records) {
    try {
      await runner.run(decodeReplayMessage(body), Number(attributes.ApproximateReceiveCount));
    } catch (error) {
      logger.error('a step of a replay failed; its message comes back', { messageId, body, error });
      failed.push(messageId);
    }
  }
  countUnprocessed(failed, Date.now());
  return partialBatchResponse(failed);
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(handleBatch);
