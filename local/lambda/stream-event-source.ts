import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { DynamoDbStreams } from '../dynamodb/streams.ts';
import { validatePattern } from '../eventbridge/event-pattern.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { pause } from './pause.ts';
import type { LambdaRunner } from './runner.ts';
import { StreamCheckpoints } from './stream-checkpoints.ts';
import { StreamShard } from './stream-shard.ts';

export interface StreamEventSourceOptions {
  readonly runner: Pick<LambdaRunner, 'invoke'>;
  readonly streams: Pick<DynamoDbStreams, 'shards' | 'read' | 'latestSequenceNumber' | 'ageMsOf' | 'onRecords'>;
  /** For the on-failure destination. */
  readonly sqs: Pick<Sqs, 'sendMessage'>;
  readonly clock: Clock;
  /** Keeps the checkpoints. */
  readonly database: Database;
  readonly mapping: EventSourceMapping;
}

/** The pause after an error of the on-failure queue. */
const TROUBLE_PAUSE_MS = 1_000;

/**
 * Feeds a function from a DynamoDB stream, each shard in order: forms batches, retries, splits, and gives up what is too old or
 * has failed too often. A batch that was in flight at a crash runs again.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export class StreamEventSource {
  readonly #options: StreamEventSourceOptions;
  readonly #checkpoints: StreamCheckpoints;
  readonly #stopping = new AbortController();
  #shards: readonly StreamShard[] = [];
  #unsubscribe: (() => void) | undefined;

  /** @throws AwsError if a filter pattern is not valid. */
  constructor(options: StreamEventSourceOptions) {
    this.#options = options;
    for (const pattern of options.mapping.filterPatterns) validatePattern(pattern);
    this.#checkpoints = new StreamCheckpoints(options.database);
  }

  /** @throws AwsError if there is no such stream. */
  start(): void {
    if (this.#unsubscribe) return;
    const { streams, mapping, runner, clock } = this.#options;
    this.#shards = streams.shards(mapping.eventSourceArn).map(
      (shardId) =>
        new StreamShard({
          runner,
          streams,
          clock,
          mapping,
          shardId,
          checkpoints: this.#checkpoints,
          sendFailure: (message) => this.#sendFailure(message),
          report: (what, error) => this.#report(what, error),
          signal: this.#stopping.signal,
        }),
    );
    this.#unsubscribe = streams.onRecords(mapping.eventSourceArn, () => this.#pump());
    this.#pump();
  }

  /** Takes nothing more. Resolves when the invocations in flight are done and the checkpoints are durable. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unsubscribe?.();
    await Promise.all(this.#shards.map((shard) => shard.settled()));
  }

  #pump(): void {
    for (const shard of this.#shards) shard.pump();
  }

  /**
   * Tries until the destination has taken the report, because the records must not be passed over before.
   * @throws AbortError when stopping
   */
  async #sendFailure(message: string): Promise<void> {
    const { mapping, sqs, clock } = this.#options;
    const { signal } = this.#stopping;
    const { onFailureArn } = mapping;
    if (onFailureArn === undefined) return this.#report('gave up records, and has no on-failure destination', message);
    for (;;) {
      signal.throwIfAborted();
      try {
        await sqs.sendMessage(onFailureArn, { body: message });
        return;
      } catch (error) {
        this.#report(`could not send to ${onFailureArn}`, error);
        await pause(clock, TROUBLE_PAUSE_MS, signal);
      }
    }
  }

  #report(what: string, problem: unknown): void {
    process.stderr.write(`hawser: ${this.#options.mapping.eventSourceArn} ${what}: ${String(problem)}\n`);
  }
}
