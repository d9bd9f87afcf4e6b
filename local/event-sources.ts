import type { Clock } from './clock.ts';
import { serviceOf } from './cloudformation/lambda-event-source-mapping.ts';
import type { Database } from './database.ts';
import type { EventSourceMapping } from './lambda/event-source-mapping.ts';
import type { LambdaRunner } from './lambda/runner.ts';
import { DEFAULT_MAXIMUM_CONCURRENCY, SqsEventSource } from './lambda/sqs-event-source.ts';
import { StreamEventSource } from './lambda/stream-event-source.ts';
import type { Simulators } from './simulators.ts';

/** Polls a queue or a stream on behalf of a function. */
export interface EventSource {
  start(): void;
  /** Stops polling. Resolves when everything already received is processed. */
  stop(): Promise<void>;
}

export interface EventSourceOptions {
  readonly mapping: EventSourceMapping;
  readonly simulators: Pick<Simulators, 'sqs' | 'dynamodb'>;
  readonly runner: LambdaRunner;
  readonly clock: Clock;
  readonly database: Database;
}

export function eventSourceFor({ mapping, simulators, runner, clock, database }: EventSourceOptions): EventSource {
  const { sqs, dynamodb } = simulators;
  return serviceOf(mapping.eventSourceArn) === 'sqs'
    ? new SqsEventSource({ runner, sqs, clock, mapping: withinCapacity(mapping, runner) })
    : new StreamEventSource({ runner, streams: dynamodb.streams, sqs, clock, database, mapping });
}

/**
 * More batches than the function can run at once would only wait, with messages already taken that others could still have
 * overtaken in the queue.
 */
function withinCapacity(mapping: EventSourceMapping, runner: LambdaRunner): EventSourceMapping {
  const { maximumConcurrency = DEFAULT_MAXIMUM_CONCURRENCY, functionArn } = mapping;
  return { ...mapping, maximumConcurrency: Math.min(maximumConcurrency, runner.maxConcurrency(functionArn)) };
}
