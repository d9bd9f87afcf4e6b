import { Consumption, consumedCapacity, readUnits, TRANSACTION_FACTOR } from '../capacity.ts';
import { validationError } from '../errors.ts';
import { itemSize } from '../item-size.ts';
import { MAX_TRANSACTION_BYTES } from '../limits.ts';
import { Parameters } from '../parameters.ts';
import type { Table } from '../table.ts';
import { holds, returnConsumedCapacity, returnItemCollectionMetrics } from './common.ts';
import { commit, type Engine } from './engine.ts';
import { parseTransactActions, type TransactAction } from './transact-parse.ts';
import {
  attempt,
  type CancellationReason,
  conditionReason,
  NO_REASON,
  requireNoReasons,
} from './transaction-outcome.ts';
import { type PlannedWrite, refusedUnits } from './write-actions.ts';

const PARAMETERS: ReadonlySet<string> = new Set([
  'TransactItems',
  'ClientRequestToken',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
]);
const MAX_TOKEN_LENGTH = 36;

/** All or nothing, in one commit: first every condition is checked, then everything is written. */
export async function transactWriteItems(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('TransactWriteItems', input, PARAMETERS);
  const wanted = returnConsumedCapacity(parameters);
  returnItemCollectionMetrics(parameters);
  const token = parameters.length('ClientRequestToken', 1, MAX_TOKEN_LENGTH);
  const actions = parseTransactActions(engine, parameters);
  const used = new Map(actions.map(({ action }) => [action.table, new Consumption(action.table)]));
  let isReplay = false;
  await commit(engine, () => {
    if (token !== undefined && engine.tokens.wasCommitted(token, parameters.raw('TransactItems'))) {
      isReplay = true;
      for (const { action } of actions) addReplayUnits(engine, action, used.get(action.table));
      return;
    }
    for (const write of planAll(engine, actions, used)) {
      const consumption = used.get(write.table);
      if (consumption) write.apply(engine.writer, consumption, TRANSACTION_FACTOR);
    }
    if (token !== undefined) engine.tokens.remember(token, parameters.raw('TransactItems'));
  }).finally(() => {
    for (const consumption of used.values()) {
      if (isReplay) engine.meter.addReads('TransactWriteItems', consumption);
      else engine.meter.addWrites('TransactWriteItems', consumption);
    }
  });
  if (wanted === 'NONE') return {};
  return { ConsumedCapacity: [...used.values()].map((consumption) => consumedCapacity(wanted, consumption)) };
}

/** A repeated request writes nothing. It costs as much as reading what it wrote before. */
function addReplayUnits(engine: Engine, action: TransactAction['action'], used: Consumption | undefined): void {
  if (!used) return;
  const size = engine.items.find(action.table, action.key)?.size ?? 0;
  used.tableUnits += TRANSACTION_FACTOR * readUnits(size, true);
}

/**
 * AWS bills cancelled transactions but documents no figure. Here one costs as much as if it had been made, without its indexes.
 */
function addRefusedUnits(
  engine: Engine,
  actions: readonly TransactAction[],
  used: ReadonlyMap<Table, Consumption>,
): void {
  for (const { action } of actions) {
    const consumption = used.get(action.table);
    const old = engine.items.find(action.table, action.key);
    if (consumption) consumption.tableUnits += TRANSACTION_FACTOR * refusedUnits(action, old);
  }
}

function planAll(
  engine: Engine,
  actions: readonly TransactAction[],
  used: ReadonlyMap<Table, Consumption>,
): PlannedWrite[] {
  const planned: PlannedWrite[] = [];
  const reasons = actions.map(({ action, onFailure }): CancellationReason => {
    const old = engine.items.find(action.table, action.key);
    if (!holds(action.expressions.condition, old)) {
      return conditionReason(onFailure === 'ALL_OLD' ? old?.item : undefined);
    }
    const outcome = attempt(() => action.plan(old));
    if ('Code' in outcome) return outcome;
    planned.push(outcome);
    return NO_REASON;
  });
  if (reasons.some(({ Code }) => Code !== 'None')) addRefusedUnits(engine, actions, used);
  requireNoReasons(reasons);
  const bytes = planned.reduce((sum, { item }) => sum + (item ? itemSize(item) : 0), 0);
  if (bytes > MAX_TRANSACTION_BYTES) {
    throw validationError('Transaction Collection Size Exceeded: the items of a transaction can have 4 MB together');
  }
  return planned;
}
