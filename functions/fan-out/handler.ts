import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { DestinationId, SourceId } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { dynamodb, sqs } from '../shared/aws-clients.ts';
import { requireEnv, retentionDays, variable } from '../shared/environment.ts';
import { EventFilters } from '../shared/event-filters.ts';
import { partialBatchResponse } from '../shared/partial-batch-response.ts';
import { configTableFromEnvironment, eventStoreFromEnvironment } from '../shared/tables.ts';
import { configurationCache } from '../shared/ttl-cache.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { EventCounts } from '../stores/deliveries/event-counts.ts';
import { LineStore } from '../stores/deliveries/lines.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { eventFromRow } from '../stores/event-row.ts';
import { EventLines } from './event-lines.ts';
import { FanOut, type StreamedEvent } from './fan-out.ts';

const now = () => Date.now();
const events = eventStoreFromEnvironment();
const queue = new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl));
const deliveriesTable = { dynamodb: dynamodb(), table: requireEnv(variable.deliveriesTable) };
const lines = new LineStore({ ...deliveriesTable, retentionDays: retentionDays() });
const destinations = new DestinationStore(configTableFromEnvironment());
const paces = configurationCache(async (id: DestinationId) => (await destinations.get(id))?.pace ?? NO_PACE);
const connections = new ConnectionStore(configTableFromEnvironment());
const sources = new SourceStore(configTableFromEnvironment());
const sourceCache = configurationCache((id: SourceId) => sources.get(id));
const fanOut = new FanOut({
  events,
  queue,
  connections: (sourceId) => connections.ofSource(sourceId),
  pace: (destinationId) => paces.get(destinationId, now()),
  lines: new EventLines({ events, queue, lines, now }),
  filters: new EventFilters({ events, source: (id) => sourceCache.get(id, now()) }),
  counts: new EventCounts(deliveriesTable),
});

/** Hands each new event to the delivery queue, once per destination. */
async function handleStream(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const failed = await fanOut.fanOut(event.Records.map(parseStreamRecord));
  return partialBatchResponse(failed);
}

function parseStreamRecord({ dynamodb: change }: DynamoDBRecord): StreamedEvent {
  if (!change?.SequenceNumber || !change.NewImage)
    throw new Error('a stream record has no sequence number or no new image');
  const row = Object.fromEntries(
    Object.entries(change.NewImage).map(([name, value]): [string, AttributeValue] => [
      name,
      // A stream record is JSON: its binary values are base64.
      value.B === undefined ? { S: value.S ?? '' } : { B: Buffer.from(value.B, 'base64') },
    ]),
  );
  return { sequenceNumber: change.SequenceNumber, event: eventFromRow(row) };
}

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(handleStream);
