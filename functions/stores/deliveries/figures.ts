import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttemptOutcome } from '../../../core/figures/destination-figures.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { Batcher } from '../batcher.ts';
import { retryingConflicts } from '../conflicts.ts';
import type { Row } from '../dynamodb-batch.ts';
import { number } from './delivery-row.ts';
import { type Addition, additionOf, additionUpdate, endedSlotRow, nextNowRow } from './figures-addition.ts';
import { figuresAttribute, lifetimeFigures, nowKey, slotUnderWay } from './figures-row.ts';

interface Counted {
  readonly destinationId: DestinationId;
  readonly outcomes: readonly AttemptOutcome[];
}

const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 10;

/** The most calls of `add` in one batch. It also limits concurrent writes, as each call may be for another destination. */
const MAX_SHARED = 100;
/** At most 20 writes a second for one destination, which matters in `npm start` under load. */
const LINGER_MS = 50;

/** Adds to the figures of destinations: see figures-row.ts for the rows. */
export class FiguresLog {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #counted: Batcher<Counted>;

  /** @param lingerMs how long a batch waits for more, unless it is flushed */
  constructor({
    dynamodb,
    table,
    lingerMs = LINGER_MS,
  }: { dynamodb: DynamoDBClient; table: string; lingerMs?: number }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#counted = new Batcher({
      maxItems: MAX_SHARED,
      lingerMs,
      send: (counted) => this.#addAll(counted),
    });
  }

  /**
   * Counts attempts of one destination that have just ended, all in the slot in which the last one ended. A repeated call can't
   * be told from a new one: if a response is lost, the SDK's own retry counts the attempts twice.
   */
  async add(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (outcomes.length > 0) await this.#counted.add({ destinationId, outcomes });
  }

  /** Writes what is waiting at once, for a caller that knows that nothing more is coming. */
  flush(): void {
    this.#counted.flush();
  }

  /** One write for each destination, all at the same time. @returns what failed, by index */
  async #addAll(counted: readonly Counted[]): Promise<ReadonlyMap<number, Error>> {
    const failures = new Map<number, Error>();
    const byDestination = Map.groupBy(counted.entries(), ([, { destinationId }]) => destinationId);
    const adds = [...byDestination].map(async ([destinationId, entries]) => {
      try {
        await this.#addTo(
          destinationId,
          entries.flatMap(([, { outcomes }]) => outcomes),
        );
      } catch (error) {
        for (const [index] of entries) failures.set(index, error as Error);
      }
    });
    await Promise.all(adds);
    return failures;
  }

  async #addTo(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    const addition = additionOf(destinationId, outcomes);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2));
      const added = await this.#addToNow(addition);
      if (added === 'added') return;
      if (added !== 'conflict' && (await this.#beginSlot(addition, added.over))) return;
    }
    throw new Error(`the figures of ${destinationId} are being written by others, still after ${MAX_TRIES} tries`);
  }

  /** @returns `over`: the row whose slot has ended; `conflict`: another function is just moving that slot */
  async #addToNow(addition: Addition): Promise<'added' | 'conflict' | { readonly over: Row }> {
    try {
      await this.#dynamodb.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: nowKey(addition.destinationId),
          ...additionUpdate(addition),
          // A later slot is accepted as well, because the clocks of two functions never quite agree.
          ConditionExpression: 'attribute_not_exists(#slot) OR #slot >= :slot',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return 'added';
    } catch (error) {
      if (error instanceof TransactionConflictException) return 'conflict';
      if (error instanceof ConditionalCheckFailedException && error.Item) return { over: error.Item };
      throw error;
    }
  }

  /**
   * Moves the ended slot to its own row and puts the new one in its place, atomically. That takes four write units, but only
   * once every quarter of an hour. @returns `false` if another function was faster
   */
  async #beginSlot(addition: Addition, over: Row): Promise<boolean> {
    const { slot, total } = figuresAttribute;
    const command = new TransactWriteItemsCommand({
      // The same for all tries, so that DynamoDB recognizes one whose response was lost.
      ClientRequestToken: randomUUID(),
      TransactItems: [
        {
          Put: {
            TableName: this.#table,
            Item: nextNowRow(addition, over),
            // The total grows with every add: while it is unchanged, so is everything else that was read.
            ConditionExpression: '#slot = :slot AND #total = :total',
            ExpressionAttributeNames: { '#slot': slot, '#total': total },
            ExpressionAttributeValues: {
              ':slot': number(slotUnderWay(over)),
              ':total': number(lifetimeFigures(over).total),
            },
          },
        },
        { Put: { TableName: this.#table, Item: endedSlotRow(addition.destinationId, over) } },
      ],
    });
    try {
      await retryingConflicts(() => this.#dynamodb.send(command));
      return true;
    } catch (error) {
      if (error instanceof TransactionCanceledException && wasOvertaken(error)) return false;
      throw error;
    }
  }
}

function wasOvertaken({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  return CancellationReasons.some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict');
}
