import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { DynamoDbStreams, StreamRecord } from '../dynamodb/streams.ts';
import { matchesPattern } from '../eventbridge/event-pattern.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { pause } from './pause.ts';
import type { LambdaRunner } from './runner.ts';
import { earlier, isAfter } from './sequence-number.ts';
import { processStreamBatch } from './stream-batch.ts';
import type { LanePositions, StreamCheckpoints } from './stream-checkpoints.ts';
import { StreamLane } from './stream-lane.ts';

export interface StreamShardOptions {
  readonly runner: Pick<LambdaRunner, 'invoke'>;
  readonly streams: Pick<DynamoDbStreams, 'read' | 'latestSequenceNumber' | 'ageMsOf'>;
  readonly clock: Clock;
  readonly mapping: EventSourceMapping;
  readonly shardId: string;
  readonly checkpoints: StreamCheckpoints;
  readonly sendFailure: (message: string) => Promise<void>;
  readonly report: (what: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** How many records one read gives at most, as with GetRecords. */
const READ_LIMIT = 1000;

/**
 * How long records gather while they keep coming, so that a batch holds more than one commit brought. Lambda polls a shard four
 * times a second; here, records that come after a pause are taken at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export const POLL_INTERVAL_MS = 50;

/** The pause after an error of the stream. */
const TROUBLE_PAUSE_MS = 1_000;

/** A lane, and how far it has come. */
interface Lane {
  readonly lane: StreamLane;
  /** The last of its records that is dealt with. While the lane is idle, the shard's own position counts instead. */
  position: string | null;
}

/**
 * Reads one shard in order and distributes its records by key to lanes: as many as the parallelization factor, each with one
 * batch in flight. The lanes' positions are the checkpoint: after a crash each lane goes on where it was.
 */
export class StreamShard {
  readonly #options: StreamShardOptions;
  readonly #lanes: readonly Lane[];
  /** The last record that was read. */
  #position: string | null;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  #isWaitingToRead = false;
  #writtenPositions: LanePositions | undefined;
  #checkpointing: Promise<void> | undefined;
  #moved = false;

  constructor(options: StreamShardOptions) {
    this.#options = options;
    const { mapping, checkpoints, streams, shardId } = options;
    const count = mapping.parallelizationFactor ?? 1;
    const stored = checkpoints.read(mapping.functionArn, mapping.eventSourceArn, shardId);
    const positions = stored ?? Array<string | null>(count).fill(this.#startingPosition(streams, shardId));
    this.#position = positions.reduce(earlier);
    this.#lanes = Array.from({ length: count }, (_, index) => ({
      lane: this.#createLane(index),
      position: (positions.length === count ? positions[index] : this.#position) ?? null,
    }));
    if (!stored) this.#checkpoint();
  }

  /** Reads while there is something to read and a lane with room for it. It starts now, or when the next poll is due. */
  pump(): void {
    const { clock, report, signal } = this.#options;
    if (this.#isWaitingToRead || signal.aborted) return;
    // The interval must not grow if the clock was set back.
    const waitMs = Math.min(this.#nextReadMs - clock.nowMs(), POLL_INTERVAL_MS);
    if (waitMs > 0) {
      this.#isWaitingToRead = true;
      void pause(clock, waitMs, signal).then(() => {
        this.#isWaitingToRead = false;
        this.pump();
      });
      return;
    }
    try {
      this.#read();
    } catch (error) {
      report('could not be read', error);
      void pause(clock, TROUBLE_PAUSE_MS, signal).then(() => this.pump());
    }
  }

  #read(): void {
    const { streams, clock, mapping, shardId, signal } = this.#options;
    while (!signal.aborted && this.#hasRoom()) {
      const records = streams.read(mapping.eventSourceArn, shardId, this.#position ?? undefined, READ_LIMIT);
      const last = records.at(-1);
      if (!last) return;
      for (const record of records) this.#deal(record);
      this.#position = last.dynamodb.SequenceNumber;
      // A full read has left records behind, so there is no need to let more of them gather.
      this.#nextReadMs = records.length < READ_LIMIT ? clock.nowMs() + POLL_INTERVAL_MS : Number.NEGATIVE_INFINITY;
      this.#checkpoint();
    }
  }

  /** Resolves when nothing is in flight and the checkpoint is durable. */
  async settled(): Promise<void> {
    await Promise.all(this.#lanes.map(({ lane }) => lane.settled()));
    await this.#checkpointing;
  }

  #startingPosition(streams: StreamShardOptions['streams'], shardId: string): string | null {
    const { eventSourceArn, startingPosition } = this.#options.mapping;
    if (startingPosition !== 'LATEST') return null;
    return streams.latestSequenceNumber(eventSourceArn, shardId) ?? null;
  }

  #createLane(index: number): StreamLane {
    const { clock, mapping, signal, runner, streams, shardId, sendFailure, report } = this.#options;
    const onDone = (sequenceNumber: string): void => {
      const own = this.#lanes[index];
      if (own) own.position = sequenceNumber;
      this.#checkpoint();
    };
    const batchOptions = { runner, clock, mapping, streams, shardId, sendFailure, onDone, signal };
    return new StreamLane({
      clock,
      mapping,
      signal,
      process: async (batch) => processStreamBatch(batch, batchOptions),
      onRoom: () => this.pump(),
      report,
    });
  }

  /** Whether some lane has less than its next batch, and all lanes together don't hold too much. */
  #hasRoom(): boolean {
    const waiting = this.#lanes.reduce((sum, { lane }) => sum + lane.waiting, 0);
    if (waiting >= Math.max(READ_LIMIT, this.#lanes.length * this.#options.mapping.batchSize)) return false;
    return this.#lanes.some(({ lane }) => lane.waiting < this.#options.mapping.batchSize);
  }

  /**
   * Gives the record to the lane of its key, unless that lane had dealt with it before the last crash, or no filter lets it pass.
   */
  #deal(record: StreamRecord): void {
    const { SequenceNumber, Keys } = record.dynamodb;
    const own = this.#lanes[laneOf(JSON.stringify(Keys), this.#lanes.length)];
    if (!own || !isAfter(SequenceNumber, own.position) || !this.#passesFilters(record)) return;
    if (own.lane.isIdle) own.position = this.#position;
    own.lane.push({ source: record, json: JSON.stringify(record) });
  }

  #passesFilters(record: StreamRecord): boolean {
    const { filterPatterns } = this.#options.mapping;
    return filterPatterns.length === 0 || filterPatterns.some((pattern) => matchesPattern(pattern, record));
  }

  /** Makes the positions durable, with one write at a time. What has moved on during a write is in the next one. */
  #checkpoint(): void {
    this.#moved = true;
    this.#checkpointing ??= this.#writeCheckpoints().finally(() => {
      this.#checkpointing = undefined;
    });
  }

  async #writeCheckpoints(): Promise<void> {
    const { checkpoints, mapping, shardId, report } = this.#options;
    while (this.#moved) {
      // By then all records of this turn are distributed, and lanes that became idle are seen as idle.
      await Promise.resolve();
      this.#moved = false;
      const positions = this.#positions();
      // Reading ahead for busy lanes changes no position that would have to be durable.
      if (isDeepStrictEqual(positions, this.#writtenPositions)) continue;
      try {
        await checkpoints.write(mapping.functionArn, mapping.eventSourceArn, shardId, positions);
        this.#writtenPositions = positions;
      } catch (error) {
        report('could not store its checkpoint', error);
      }
    }
  }

  #positions(): LanePositions {
    return this.#lanes.map(({ lane, position }) => (lane.isIdle ? this.#position : position));
  }
}

/** FNV-1a: a key is always in the same lane, even after a restart. */
function laneOf(key: string, laneCount: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % laneCount;
}
