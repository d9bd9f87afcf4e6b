import { Consumption, consumedCapacity } from '../capacity.ts';
import { serializationError, validationError } from '../errors.ts';
import { MAX_BATCH_WRITES } from '../limits.ts';
import { Parameters, structure } from '../parameters.ts';
import type { Table } from '../table.ts';
import { returnConsumedCapacity, returnItemCollectionMetrics } from './common.ts';
import { commit, type Engine } from './engine.ts';
import { itemIdentity } from './get-item.ts';
import { deleteAction, putAction, type WriteAction } from './write-actions.ts';

const PARAMETERS: ReadonlySet<string> = new Set([
  'RequestItems',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
]);
const WRITE_PARAMETERS: ReadonlySet<string> = new Set(['PutRequest', 'DeleteRequest']);
const PUT_PARAMETERS: ReadonlySet<string> = new Set(['Item']);
const DELETE_PARAMETERS: ReadonlySet<string> = new Set(['Key']);

/** All writes of a batch go into one commit, so no items are left unprocessed. */
export async function batchWriteItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('BatchWriteItem', input, PARAMETERS);
  const wanted = returnConsumedCapacity(parameters);
  returnItemCollectionMetrics(parameters);
  const actions = parseActions(engine, parameters);
  const used = new Map<Table, Consumption>();
  for (const { table } of actions) if (!used.has(table)) used.set(table, new Consumption(table));
  await commit(engine, () => {
    for (const action of actions) {
      const consumption = used.get(action.table);
      const old = engine.items.find(action.table, action.key);
      if (consumption) action.plan(old).apply(engine.writer, consumption);
    }
  });
  for (const consumption of used.values()) engine.meter.addWrites('BatchWriteItem', consumption);
  return {
    UnprocessedItems: {},
    ...(wanted !== 'NONE' && {
      ConsumedCapacity: [...used.values()].map((consumption) => consumedCapacity(wanted, consumption)),
    }),
  };
}

function parseActions(engine: Engine, parameters: Parameters): WriteAction[] {
  const entries = parameters.map('RequestItems').map(([tableName, value]) => {
    if (!Array.isArray(value)) throw serializationError('Unexpected field type');
    return { tableName, requests: value.map(structure) };
  });
  parameters.check();
  const count = entries.reduce((sum, { requests }) => sum + requests.length, 0);
  if (count > MAX_BATCH_WRITES) throw validationError('Too many items requested for the BatchWriteItem call');
  if (entries.some(({ requests }) => requests.length === 0)) {
    throw validationError('The batch write request list for a table cannot be null or empty');
  }
  const actions = entries.flatMap(({ tableName, requests }) => {
    const table = engine.catalog.table(tableName);
    return requests.map((request) => parseAction(table, request, parameters));
  });
  const identities = new Set(actions.map(({ table, key }) => itemIdentity(table, key)));
  if (identities.size < actions.length) throw validationError('Provided list of item keys contains duplicates');
  return actions;
}

function parseAction(table: Table, request: object, parent: Parameters): WriteAction {
  const parameters = new Parameters('BatchWriteItem', request, WRITE_PARAMETERS, parent);
  const [put, remove] = [parameters.raw('PutRequest'), parameters.raw('DeleteRequest')];
  if ((put === undefined) === (remove === undefined)) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (put !== undefined) {
    const item = new Parameters('BatchWriteItem', structure(put), PUT_PARAMETERS, parent).requiredAttributes('Item');
    return putAction(table, item);
  }
  const key = new Parameters('BatchWriteItem', structure(remove), DELETE_PARAMETERS, parent).requiredAttributes('Key');
  return deleteAction(table, key);
}
