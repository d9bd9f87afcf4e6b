import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type AttemptOutcome,
  addLifetimes,
  type Figures,
  figuresOf,
  type LifetimeFigures,
  lastEnd,
  lifetimeFiguresOf,
} from '../../../core/destination-figures.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { Batcher } from '../../shared/batcher.ts';
import type { Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import {
  figuresAttribute as attribute,
  lifetimeFigures,
  nowKey,
  number,
  SLOT_MS,
  slotAttributes,
  slotFigures,
  slotKey,
  slotOf,
  slotUnderWay,
} from './figures-row.ts';

interface Counted {
  readonly destinationId: DestinationId;
  readonly outcomes: readonly AttemptOutcome[];
}

/** What one write adds for one destination. */
interface Addition {
  readonly destinationId: DestinationId;
  readonly slot: number;
  readonly figures: Figures;
  readonly lifetime: LifetimeFigures;
  readonly endedAtMs: number;
}

const DAY_SECONDS = 86_400;
/** The longest window of health, and a day for who reads it late. */
const SLOT_KEPT_SECONDS = 8 * DAY_SECONDS;
/** A destination without any attempt for a year begins again at 0; what was deleted is gone by then. */
const LIFETIME_KEPT_SECONDS = 366 * DAY_SECONDS;

const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 10;

/** Calls that share an add. Their outcomes are merged, so that this bounds nothing but the wait for a busy table. */
const MAX_SHARED = 100;

/** Adds to the figures of destinations: see figures-row.ts for the rows. */
export class FiguresLog {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #counted: Batcher<Counted>;

  /** @param lingerMs how long a batch waits, unless it is told that there is nothing to wait for */
  constructor({ dynamodb, table, lingerMs = 50 }: { dynamodb: DynamoDBClient; table: string; lingerMs?: number }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
    this.#counted = new Batcher({
      maxItems: MAX_SHARED,
      lingerMs,
      send: (counted) => this.#addAll(counted),
    });
  }

  /**
   * Counts attempts of one destination that have just ended, all in the slot in which the last one did. Nothing tells a
   * repeated call from a new one: should an answer get lost, the SDK's own retry counts them twice.
   */
  async add(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (outcomes.length > 0) await this.#counted.add({ destinationId, outcomes });
  }

  /** For who knows that nothing more is coming: what waits is added now. */
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
    const endedAtMs = lastEnd(outcomes) ?? 0;
    const addition: Addition = {
      destinationId,
      slot: slotOf(endedAtMs),
      figures: figuresOf(outcomes),
      lifetime: lifetimeFiguresOf(outcomes),
      endedAtMs,
    };
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2));
      const added = await this.#addToNow(addition);
      if (added === 'added') return;
      if (added !== 'conflict' && (await this.#beginSlot(addition, added.over))) return;
    }
    throw new Error(`the figures of ${destinationId} are being written by others, still after ${MAX_TRIES} tries`);
  }

  /** @returns `over` is the row whose slot has ended; a `conflict` is with somebody who is just moving that away */
  async #addToNow(addition: Addition): Promise<'added' | 'conflict' | { readonly over: Row }> {
    try {
      await this.#dynamodb.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: nowKey(addition.destinationId),
          ...addUpdate(addition),
          // In a later slot than this one counts just as well: the clocks of two functions never quite agree.
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
   * Moves the slot that is over to its own row and puts the new one in its place, both or neither. Twice the price, but once
   * in a quarter of an hour. @returns whether nobody else was faster
   */
  async #beginSlot(addition: Addition, over: Row): Promise<boolean> {
    const oldSlot = slotUnderWay(over);
    const command = new TransactWriteItemsCommand({
      TransactItems: [
        {
          Put: {
            TableName: this.#table,
            Item: nowRow(addition, over),
            // The total grows with every add: as long as it is the same, so is everything else that was read.
            ConditionExpression: '#slot = :slot AND #total = :total',
            ExpressionAttributeNames: { '#slot': attribute.slot, '#total': attribute.total },
            ExpressionAttributeValues: { ':slot': number(oldSlot), ':total': number(lifetimeFigures(over).total) },
          },
        },
        { Put: { TableName: this.#table, Item: slotRow(addition.destinationId, oldSlot, slotFigures(over)) } },
      ],
    });
    try {
      await this.#dynamodb.send(command);
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

/** At most 231 buckets of 11 characters each: within the 4 KB of an expression. */
function addUpdate({ slot, figures, lifetime, endedAtMs }: Addition) {
  const { total, failed, ms } = attribute;
  const set: Row = { ...lastTimes(lifetime), ...expiry(endedAtMs, LIFETIME_KEPT_SECONDS) };
  const add: Row = {
    [total]: number(lifetime.total),
    [failed]: number(lifetime.failed),
    [ms]: number(lifetime.latencyMs),
    ...slotAttributes(figures),
  };
  const values: Row = { [attribute.slot]: number(slot), ...set, ...add };
  const names = Object.keys(values);
  const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
  const adds = Object.keys(add).map((name) => `#${name} :${name}`);
  return {
    UpdateExpression: `SET #slot = if_not_exists(#slot, :slot), ${sets.join(', ')} ADD ${adds.join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  };
}

/** `figures#now` at the first add of a slot. */
function nowRow({ destinationId, slot, figures, lifetime, endedAtMs }: Addition, over: Row): Row {
  const { total, failed, ms } = attribute;
  const all = addLifetimes(lifetimeFigures(over), lifetime);
  return {
    ...nowKey(destinationId),
    [attribute.slot]: number(slot),
    [total]: number(all.total),
    [failed]: number(all.failed),
    [ms]: number(all.latencyMs),
    ...lastTimes(all),
    ...slotAttributes(figures),
    ...expiry(endedAtMs, LIFETIME_KEPT_SECONDS),
  };
}

function slotRow(destinationId: DestinationId, slot: number, figures: Figures): Row {
  return {
    ...slotKey(destinationId, slot),
    ...slotAttributes(figures),
    ...expiry((slot + 1) * SLOT_MS, SLOT_KEPT_SECONDS),
  };
}

function lastTimes({ lastSuccessAtMs, lastFailureAtMs }: LifetimeFigures): Row {
  return {
    ...(lastSuccessAtMs !== undefined && { [attribute.lastSuccessAt]: number(lastSuccessAtMs) }),
    ...(lastFailureAtMs !== undefined && { [attribute.lastFailureAt]: number(lastFailureAtMs) }),
  };
}

function expiry(fromMs: number, keptSeconds: number): Row {
  return { [deliveriesTable.timeToLive]: number(Math.floor(fromMs / 1000) + keptSeconds) };
}
