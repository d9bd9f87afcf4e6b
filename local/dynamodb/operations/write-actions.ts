import type { Item } from '../attribute-value.ts';
import { type Consumption, writeUnits } from '../capacity.ts';
import { invalidParameters, validationError } from '../errors.ts';
import { applyUpdate } from '../expressions/apply-update.ts';
import { type BoundExpressions, bindExpressions } from '../expressions/expressions.ts';
import type { UpdateAction } from '../expressions/update.ts';
import { itemSize } from '../item-size.ts';
import type { StoredItem } from '../item-store.ts';
import type { ItemWriter, NewItem } from '../item-writer.ts';
import { checkKey, type EncodedKey, encodeKey, keyAttributes } from '../key-schema.ts';
import { MAX_ITEM_BYTES } from '../limits.ts';
import type { Parameters } from '../parameters.ts';
import type { Table } from '../table.ts';
import { checkKeyPaths } from './key-paths.ts';
import { attempt } from './transaction-outcome.ts';

/**
 * One write of one item, checked as far as possible without the item. It is the same alone, in a batch and in a transaction.
 * `plan` looks at the stored item and either refuses or says what to write. `apply` writes and can no longer refuse.
 */
export interface WriteAction {
  readonly table: Table;
  readonly key: EncodedKey;
  readonly expressions: BoundExpressions;
  plan(old: StoredItem | undefined): PlannedWrite;
}

export interface PlannedWrite {
  readonly table: Table;
  /** The item after the write, if there is one. */
  readonly item: Item | undefined;
  apply(writer: ItemWriter, used: Consumption, factor?: number): void;
}

const EMPTY_BY_UPDATE =
  'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a ' +
  'value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.';

const NO_EXPRESSIONS: BoundExpressions = bindExpressions({}, []);

export function putAction(table: Table, item: Item, expressions: BoundExpressions = NO_EXPRESSIONS): WriteAction {
  const size = itemSize(item);
  if (size > MAX_ITEM_BYTES) throw validationError('Item size has exceeded the maximum allowed size');
  table.checkItem(item);
  checkKeyPaths(table, expressions);
  const key = encodeKey(table.key, item);
  return { table, key, expressions, plan: (old) => plannedPut(table, key, old, { item, size }) };
}

export function deleteAction(table: Table, keyItem: Item, expressions: BoundExpressions = NO_EXPRESSIONS): WriteAction {
  checkKey(table.key, keyItem);
  checkKeyPaths(table, expressions);
  const plan = (old: StoredItem | undefined) => plannedDelete(table, old);
  return { table, key: encodeKey(table.key, keyItem), expressions, plan };
}

/** Writes nothing: only its condition counts. It costs as much as a write. */
export function checkAction(table: Table, keyItem: Item, expressions: BoundExpressions): WriteAction {
  checkKey(table.key, keyItem);
  checkKeyPaths(table, expressions);
  const plan = (old: StoredItem | undefined): PlannedWrite => ({
    table,
    item: undefined,
    apply: (_writer, used, factor = 1) => {
      used.tableUnits += factor * writeUnits(old?.size ?? 0, 0);
    },
  });
  return { table, key: encodeKey(table.key, keyItem), expressions, plan };
}

export function updateAction(table: Table, keyItem: Item, expressions: BoundExpressions): WriteAction {
  checkKey(table.key, keyItem);
  const actions = expressions.update ?? [];
  checkUpdatesNoKey(table, actions);
  checkKeyPaths(table, expressions);
  const key = encodeKey(table.key, keyItem);
  const onlyRemoves = actions.length > 0 && actions.every(({ kind }) => kind === 'remove' || kind === 'delete');
  const plan = (old: StoredItem | undefined): PlannedWrite => {
    const item = applyUpdate(actions, old?.item ?? keyItem);
    // Removing from an item that doesn't exist creates nothing. An update without any action does create the item.
    if (!old && onlyRemoves) return plannedDelete(table, undefined);
    const size = itemSize(item);
    if (size > MAX_ITEM_BYTES) throw validationError('Item size to update has exceeded the maximum allowed size');
    table.checkIndexKeys(item, EMPTY_BY_UPDATE);
    return plannedPut(table, key, old, { item, size });
  };
  return { table, key, expressions, plan };
}

/**
 * The cost of a write whose condition failed: as much as if it had been made, but nothing for the indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html#write-operation-consumption
 */
export function refusedUnits(action: WriteAction, old: StoredItem | undefined): number {
  const planned = attempt(() => action.plan(old));
  const newBytes = 'Code' in planned || !planned.item ? 0 : itemSize(planned.item);
  return writeUnits(old?.size ?? 0, newBytes);
}

function plannedPut(table: Table, key: EncodedKey, old: StoredItem | undefined, written: NewItem): PlannedWrite {
  return {
    table,
    item: written.item,
    apply: (writer, used, factor) => writer.put(table, key, old, written, used, factor),
  };
}

/** If there is no item, it deletes nothing and still costs a write. */
function plannedDelete(table: Table, old: StoredItem | undefined): PlannedWrite {
  return {
    table,
    item: undefined,
    apply: (writer, used, factor) => writer.remove(table, old, used, factor),
  };
}

function checkUpdatesNoKey(table: Table, actions: readonly UpdateAction[]): void {
  for (const { name } of keyAttributes(table.key)) {
    if (actions.some((action) => action.path[0] === name)) {
      throw invalidParameters(`Cannot update attribute ${name}. This attribute is part of the key`);
    }
  }
}

/** The expressions of a write, alone or in a transaction. */
export function writeExpressions(
  parameters: Parameters,
  valueExpressions: readonly ('UpdateExpression' | 'ConditionExpression')[],
): BoundExpressions {
  return bindExpressions(
    {
      UpdateExpression: parameters.string('UpdateExpression'),
      ConditionExpression: parameters.string('ConditionExpression'),
      ExpressionAttributeNames: parameters.raw('ExpressionAttributeNames'),
      ExpressionAttributeValues: parameters.raw('ExpressionAttributeValues'),
    },
    valueExpressions,
  );
}
