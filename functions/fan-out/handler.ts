import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { sqs } from '../shared/aws-clients.ts';
import { configTableFromEnvironment } from '../shared/config-table.ts';
import { requireEnv, variable } from '../shared/environment.ts';
import { eventStoreFromEnvironment } from '../shared/event-store.ts';
import { ConnectionStore } from '../stores/config/connections.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { eventFromRow } from '../stores/events.ts';
import { FanOut, type StreamedEvent } from './fan-out.ts';

const connections = new ConnectionStore(configTableFromEnvironment());
const fanOut = new FanOut({
  events: eventStoreFromEnvironment(),
  queue: new DeliveryQueue(sqs(), requireEnv(variable.deliveryQueueUrl)),
  routes: async (sourceId) => {
    const ofSource = await connections.ofSource(sourceId);
    return ofSource.map(({ id, destinationId }) => ({ connectionId: id, destinationId }));
  },
});

/** Hands each new event to the delivery queue, once per destination. */
async function handleStream(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const failed = await fanOut.fanOut(event.Records.map(streamedEvent));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

function streamedEvent({ dynamodb: change }: DynamoDBRecord): StreamedEvent {
  if (!change?.SequenceNumber || !change.NewImage) throw new Error('a stream record lacks its number or its new image');
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
