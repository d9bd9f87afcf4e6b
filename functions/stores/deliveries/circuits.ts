import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Circuit, NEW_CIRCUIT, switchOff } from '../../../core/circuit/circuit.ts';
import type { DeliveryId, DestinationId } from '../../../core/ids.ts';
import { batchGet, inChunks, MAX_BATCH_GET, type Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { deliveriesTable } from '../tables.ts';
import { deliveryKey, expiry, number, text } from './delivery-row.ts';

/** Sorts before `dlv_…`, so that no list of deliveries includes it; it is in no index either. */
const ROW_ID = 'circuit';
/** The same as for the lifetime figures. Held deliveries expire earlier than the row of an open circuit. */
const RETENTION_DAYS = 366;
/** Each conflict is a change by another instance. A batch that loses this often is counted together with the next. */
const MAX_TRIES = 8;

/** A change that was made, with the circuit before and after it. */
export interface CircuitChange {
  readonly from: Circuit;
  readonly to: Circuit;
}

interface CircuitUpdate {
  /** The circuit as it was last seen. Nothing is read while this is current. */
  readonly known: Circuit;
  /** Returns the new circuit, or the same one if nothing is to change. */
  readonly change: (current: Circuit) => Circuit;
  /**
   * Sends the message that a new state requires. It is sent before the state is written: a crash in between leaves a
   * message without effect, but never a state that nothing ends.
   */
  readonly beforeCommit: (next: Circuit) => Promise<void>;
  readonly nowMs: number;
}

/** The circuits of destinations: one row for each destination that ever had a failure. */
export class CircuitStore {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /** Consistent. */
  async get(id: DestinationId): Promise<Circuit> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({ TableName: this.#table, Key: deliveryKey(id, ROW_ID), ConsistentRead: true }),
    );
    return Item ? circuitFromRow(Item) : NEW_CIRCUIT;
  }

  /**
   * The circuits of many destinations, to be shown, so eventually consistent. Destinations that never had a failure are
   * missing from the map.
   */
  async getMany(ids: readonly DestinationId[]): Promise<Map<DestinationId, Circuit>> {
    const keys = [...new Set(ids)].map((id) => deliveryKey(id, ROW_ID));
    const rows = await inChunks(keys, MAX_BATCH_GET, (chunk) => batchGet(this.#dynamodb, this.#table, chunk, {}));
    return new Map(rows.map((row) => [text(row, deliveriesTable.partitionKey) as DestinationId, circuitFromRow(row)]));
  }

  /**
   * Changes a circuit that others may change at the same time: if it has changed, `change` is called again.
   * @returns the circuit as it is now, and the change if this call has made one
   */
  async change(
    id: DestinationId,
    { known, change, beforeCommit, nowMs }: CircuitUpdate,
  ): Promise<{ readonly circuit: Circuit; readonly made?: CircuitChange }> {
    let from = known;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const to = change(from);
      if (to === from) return { circuit: from };
      if (to.epoch !== from.epoch) await beforeCommit(to);
      const found = await this.#replace(id, from, to, nowMs);
      if (found === to) return { circuit: to, made: { from, to } };
      from = found;
    }
    throw new Error(`the circuit of ${id} is being changed by others, still after ${MAX_TRIES} tries`);
  }

  /**
   * Closes the circuit because its breaker is off, and resets its count. The message that follows a closed state is
   * left to the caller, which has sent it or is handling it.
   * @param known the circuit as it was last seen
   */
  async switchOff(id: DestinationId, known: Circuit, nowMs: number): Promise<Circuit> {
    return (await this.change(id, { known, change: switchOff, beforeCommit: async () => {}, nowMs })).circuit;
  }

  /** @returns `to`, or the circuit that was there instead of `from` */
  async #replace(id: DestinationId, from: Circuit, to: Circuit, nowMs: number): Promise<Circuit> {
    const set: Row = { ...rowFrom(to), ...expiry(nowMs, RETENTION_DAYS), changed_by: { S: randomUUID() } };
    const change = changeExpression(
      set,
      Object.values(attribute).filter((name) => !(name in set)),
    );
    const isNew = from.epoch === 0 && from.failures === 0;
    try {
      await this.#dynamodb.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: deliveryKey(id, ROW_ID),
          ...change,
          // Within an epoch only the failures change. The second case: this very call has written the row already, its response was lost,
          // and the SDK sends it again. Taken for another's write, the failure would count twice, and nobody would announce the change.
          ConditionExpression: `${isNew ? 'attribute_not_exists(#epoch) OR ' : ''}(#epoch = :was_epoch AND #failures = :was_failures) OR #changed_by = :changed_by`,
          ExpressionAttributeValues: {
            ...change.ExpressionAttributeValues,
            ':was_epoch': number(from.epoch),
            ':was_failures': number(from.failures),
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return to;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item ? circuitFromRow(error.Item) : NEW_CIRCUIT;
    }
  }
}

const attribute = {
  state: 'state',
  epoch: 'epoch',
  failures: 'failures',
  lastFailureAtMs: 'last_failure_at',
  failingSinceMs: 'failing_since',
  openedAtMs: 'opened_at',
  cooldownSeconds: 'cooldown_seconds',
  probedWith: 'probed_with',
  probeAtMs: 'probe_at',
  probeStartedAtMs: 'probe_started_at',
} as const;

function rowFrom(circuit: Circuit): Row {
  const values = Object.entries(circuit) as [keyof typeof attribute, string | number][];
  return Object.fromEntries(
    values.map(([key, value]): [string, AttributeValue] => [
      attribute[key],
      typeof value === 'string' ? { S: value } : number(value),
    ]),
  );
}

/** Only this file writes these rows. */
function circuitFromRow(row: Row): Circuit {
  const get = (key: keyof typeof attribute) => Number(row[attribute[key]]?.N);
  const optional = <Key extends 'lastFailureAtMs' | 'failingSinceMs'>(key: Key) =>
    (row[attribute[key]] ? { [key]: get(key) } : {}) as { readonly [name in Key]?: number };
  const common = { epoch: get('epoch'), failures: get('failures'), ...optional('lastFailureAtMs') };
  const probedWith = row[attribute.probedWith]?.S as DeliveryId | undefined;
  const since = {
    openedAtMs: get('openedAtMs'),
    cooldownSeconds: get('cooldownSeconds'),
    ...(probedWith !== undefined && { probedWith }),
  };
  const state = row[attribute.state]?.S;
  if (state === 'open') return { ...common, ...since, state, probeAtMs: get('probeAtMs') };
  if (state === 'half_open') return { ...common, ...since, state, probeStartedAtMs: get('probeStartedAtMs') };
  return { ...common, ...optional('failingSinceMs'), state: 'closed' };
}
