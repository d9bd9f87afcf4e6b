import type { Item } from '../attribute-value.ts';
import { Consumption, consumedCapacity, type ReturnConsumedCapacity } from '../capacity.ts';
import { conditionFailed } from '../errors.ts';
import { project } from '../expressions/projection.ts';
import type { StoredItem } from '../item-store.ts';
import { Parameters } from '../parameters.ts';
import {
  checkReturnsOld,
  holds,
  type ReturnOnFailure,
  type ReturnValues,
  returnConsumedCapacity,
  returnItemCollectionMetrics,
  returnOnFailure,
  returnValues,
} from './common.ts';
import { commit, type Engine } from './engine.ts';
import {
  deleteAction,
  putAction,
  refusedUnits,
  updateAction,
  type WriteAction,
  writeExpressions,
} from './write-actions.ts';

const COMMON = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValuesOnConditionCheckFailure',
];
const PUT_PARAMETERS: ReadonlySet<string> = new Set([...COMMON, 'Item']);
const DELETE_PARAMETERS: ReadonlySet<string> = new Set([...COMMON, 'Key']);
const UPDATE_PARAMETERS: ReadonlySet<string> = new Set([...COMMON, 'Key', 'UpdateExpression']);

export async function putItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('PutItem', input, PUT_PARAMETERS);
  const request = writeRequest('PutItem', parameters);
  const item = parameters.requiredAttributes('Item');
  parameters.check();
  checkReturnsOld(request.returns);
  const table = engine.catalog.table(request.tableName);
  const expressions = writeExpressions(parameters, ['ConditionExpression']);
  return write(engine, putAction(table, item, expressions), request);
}

export async function deleteItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('DeleteItem', input, DELETE_PARAMETERS);
  const request = writeRequest('DeleteItem', parameters);
  const key = parameters.requiredAttributes('Key');
  parameters.check();
  checkReturnsOld(request.returns);
  const table = engine.catalog.table(request.tableName);
  const expressions = writeExpressions(parameters, ['ConditionExpression']);
  return write(engine, deleteAction(table, key, expressions), request);
}

export async function updateItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('UpdateItem', input, UPDATE_PARAMETERS);
  const request = writeRequest('UpdateItem', parameters);
  const key = parameters.requiredAttributes('Key');
  parameters.check();
  const table = engine.catalog.table(request.tableName);
  const expressions = writeExpressions(parameters, ['UpdateExpression', 'ConditionExpression']);
  return write(engine, updateAction(table, key, expressions), request);
}

type Operation = 'PutItem' | 'DeleteItem' | 'UpdateItem';

interface WriteRequest {
  readonly operation: Operation;
  readonly tableName: string;
  readonly returns: ReturnValues;
  readonly onFailure: ReturnOnFailure;
  readonly capacity: ReturnConsumedCapacity;
}

function writeRequest(operation: Operation, parameters: Parameters): WriteRequest {
  returnItemCollectionMetrics(parameters);
  return {
    operation,
    tableName: parameters.tableName(),
    returns: returnValues(parameters),
    onFailure: returnOnFailure(parameters),
    capacity: returnConsumedCapacity(parameters),
  };
}

async function write(engine: Engine, action: WriteAction, request: WriteRequest): Promise<object> {
  const used = new Consumption(action.table);
  const attributes = await commit(engine, () => {
    const old = engine.items.find(action.table, action.key);
    if (!holds(action.expressions.condition, old)) {
      used.tableUnits = refusedUnits(action, old);
      throw conditionFailed(request.onFailure === 'ALL_OLD' ? old?.item : undefined);
    }
    const planned = action.plan(old);
    planned.apply(engine.writer, used);
    return returnedAttributes(action, request.returns, old, planned.item);
  }).finally(() => engine.meter.addWrites(request.operation, used));
  const capacity = consumedCapacity(request.capacity, used);
  return { ...(attributes && { Attributes: attributes }), ...(capacity && { ConsumedCapacity: capacity }) };
}

function returnedAttributes(
  action: WriteAction,
  returns: ReturnValues,
  old: StoredItem | undefined,
  written: Item | undefined,
): Item | undefined {
  switch (returns) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old?.item;
    case 'ALL_NEW':
      return written;
    case 'UPDATED_OLD':
      return old && updatedPart(action, old.item);
    case 'UPDATED_NEW':
      return written && updatedPart(action, written);
  }
}

/** Only the parts that the update touched; `undefined` if none of them exists. */
function updatedPart(action: WriteAction, item: Item): Item | undefined {
  const paths = (action.expressions.update ?? []).map(({ path }) => path);
  const part = project(item, paths);
  return Object.keys(part).length === 0 ? undefined : part;
}
