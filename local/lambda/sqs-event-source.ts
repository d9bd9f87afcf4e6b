import type { Clock } from '../clock.ts';
import { validatePattern } from '../eventbridge/event-pattern.ts';
import type { ReceivedMessage } from '../sqs/received-message.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { failedItems } from './batch-response.ts';
import { ConcurrencyGate } from './concurrency-gate.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { InvokeResult } from './function-spec.ts';
import { recordsPayload, type SerializedRecord, splitByPayloadLimit } from './invocation-payload.ts';
import { pause } from './pause.ts';
import type { LambdaRunner } from './runner.ts';
import { passesFilters, sqsRecord } from './sqs-record.ts';

export interface SqsEventSourceOptions {
  readonly runner: Pick<LambdaRunner, 'invoke'>;
  readonly sqs: Pick<Sqs, 'receiveMessages' | 'deleteMessages'>;
  readonly clock: Clock;
  readonly mapping: EventSourceMapping;
}

export const DEFAULT_MAXIMUM_CONCURRENCY = 10;

/** One long poll. It ends as soon as there is a message. */
const LONG_POLL_MS = 20_000;

/** The pause after an error of the queue itself. */
const ERROR_PAUSE_MS = 1_000;

/**
 * A group with a larger share of the messages in flight gets no reserved place: an eighth for the last quarter of all places, a
 * half for the last two of a widened gate.
 */
const [MAX_SHARE_IN_QUARTER, MAX_SHARE_IN_LAST] = [1 / 8, 1 / 2];

type Message = SerializedRecord<ReceivedMessage>;

/**
 * Feeds a function from a queue: long polls, forms batches, deletes processed messages. Failed messages stay in the queue and
 * come back after the visibility timeout, until the queue's redrive policy moves them.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export class SqsEventSource {
  readonly #options: SqsEventSourceOptions;
  readonly #gate: ConcurrencyGate;
  readonly #stopping = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  #polling: Promise<void> | undefined;

  /** @throws AwsError if a filter pattern is not valid. */
  constructor(options: SqsEventSourceOptions) {
    this.#options = options;
    for (const pattern of options.mapping.filterPatterns) validatePattern(pattern);
    this.#gate = new ConcurrencyGate(options.clock, options.mapping.maximumConcurrency ?? DEFAULT_MAXIMUM_CONCURRENCY);
  }

  start(): void {
    this.#polling ??= this.#poll();
  }

  /** Stops polling. Resolves when the batches in flight are done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await Promise.all(this.#batches);
  }

  async #poll(): Promise<void> {
    while (await this.#gate.waitForPlace(this.#stopping.signal)) {
      try {
        const messages = await this.#gather();
        for (const batch of splitByPayloadLimit(await this.#filter(messages))) this.#begin(batch);
      } catch (error) {
        this.#report('could not be read', error);
        await pause(this.#options.clock, ERROR_PAUSE_MS, this.#stopping.signal);
      }
    }
  }

  /** Collects one batch: a full one, or the messages that arrived before the window closed. */
  async #gather(): Promise<ReceivedMessage[]> {
    const { clock, mapping } = this.#options;
    const messages = await this.#receive(mapping.batchSize, LONG_POLL_MS);
    const closesElapsedMs = clock.elapsedMs() + mapping.maximumBatchingWindowMs;
    while (messages.length > 0 && messages.length < mapping.batchSize && !this.#stopping.signal.aborted) {
      const remainingMs = closesElapsedMs - clock.elapsedMs();
      if (remainingMs <= 0) break;
      messages.push(...(await this.#receive(mapping.batchSize - messages.length, remainingMs)));
    }
    return messages;
  }

  async #receive(maxMessages: number, waitTimeMs: number): Promise<ReceivedMessage[]> {
    const { sqs, mapping } = this.#options;
    const { signal } = this.#stopping;
    const reserved = this.#gate.reservedSignal();
    const maxGroupShare = this.#gate.isLastQuarter ? MAX_SHARE_IN_QUARTER : MAX_SHARE_IN_LAST;
    return sqs.receiveMessages(mapping.eventSourceArn, {
      maxMessages,
      waitTimeMs,
      // When something is slow, each batch takes as long as its slowest message. So a batch has one group only, and no group
      // waits for another's.
      oneGroup: this.#gate.isWide,
      ...(reserved ? { maxGroupShare, signal: AbortSignal.any([signal, reserved]) } : { signal }),
    });
  }

  /** Serializes the messages that pass the filters and deletes the rest, as Lambda does. */
  async #filter(messages: readonly ReceivedMessage[]): Promise<Message[]> {
    const { mapping } = this.#options;
    const passed: Message[] = [];
    const rejected: ReceivedMessage[] = [];
    for (const source of messages) {
      const record = sqsRecord(source, mapping.eventSourceArn);
      if (passesFilters(record, mapping.filterPatterns)) passed.push({ source, json: JSON.stringify(record) });
      else rejected.push(source);
    }
    await this.#delete(rejected);
    return passed;
  }

  #begin(batch: readonly Message[]): void {
    const release = this.#gate.take();
    const running = this.#process(batch)
      .catch((error) => this.#report('could not be processed', error))
      .finally(() => {
        release();
        this.#batches.delete(running);
      });
    this.#batches.add(running);
  }

  async #process(batch: readonly Message[]): Promise<void> {
    const { runner, mapping } = this.#options;
    const result = await runner.invoke(mapping.functionArn, recordsPayload(batch));
    await this.#delete(this.#succeededMessages(batch, result));
  }

  #succeededMessages(batch: readonly Message[], result: InvokeResult): ReceivedMessage[] {
    const messages = batch.map(({ source }) => source);
    if (!result.ok) return [];
    if (!this.#options.mapping.reportBatchItemFailures) return messages;
    const failed = failedItems(result.payload, new Set(messages.map(({ messageId }) => messageId)));
    return failed ? messages.filter(({ messageId }) => !failed.has(messageId)) : [];
  }

  async #delete(messages: readonly ReceivedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { sqs, mapping } = this.#options;
    await sqs.deleteMessages(
      mapping.eventSourceArn,
      messages.map(({ receiptHandle }) => receiptHandle),
    );
  }

  /** The messages are not lost: they become visible again. */
  #report(what: string, error: unknown): void {
    process.stderr.write(`hawser: ${this.#options.mapping.eventSourceArn} ${what}: ${String(error)}\n`);
  }
}
