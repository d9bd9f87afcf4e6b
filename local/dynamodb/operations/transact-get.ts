import { Consumption, consumedCapacity, readUnits, TRANSACTION_FACTOR } from '../capacity.ts';
import { validationError } from '../errors.ts';
import { checkKey, encodeKey } from '../key-schema.ts';
import { MAX_TRANSACTION_ACTIONS } from '../limits.ts';
import { Parameters, structure } from '../parameters.ts';
import { returnConsumedCapacity } from './common.ts';
import type { Engine } from './engine.ts';
import { itemIdentity, projectStored, readExpressions } from './get-item.ts';
import { attempt, NO_REASON, requireNoReasons } from './transaction-outcome.ts';

const PARAMETERS: ReadonlySet<string> = new Set(['TransactItems', 'ReturnConsumedCapacity']);
const ENTRY_PARAMETERS: ReadonlySet<string> = new Set(['Get']);
const GET_PARAMETERS: ReadonlySet<string> = new Set([
  'TableName',
  'Key',
  'ProjectionExpression',
  'ExpressionAttributeNames',
]);

/** Reads everything in one go, so nothing can be written in between. */
export async function transactGetItems(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('TransactGetItems', input, PARAMETERS);
  const wanted = returnConsumedCapacity(parameters);
  const gets = parameters
    .list('TransactItems', 1, MAX_TRANSACTION_ACTIONS)
    .map((entry, position) => parseGet(parameters, entry, position));
  parameters.check();
  const bound = gets.map((get) => {
    const table = engine.catalog.table(get.tableName);
    return { table, key: get.key, projection: readExpressions(table, get.parameters).projection };
  });
  requireNoReasons(bound.map(({ table, key }) => attempt(() => checkKey(table.key, key)) ?? NO_REASON));
  const reads = bound.map((get) => ({ ...get, encoded: encodeKey(get.table.key, get.key) }));
  if (new Set(reads.map(({ table, encoded }) => itemIdentity(table, encoded))).size < reads.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  const used = new Map(reads.map(({ table }) => [table, new Consumption(table)]));
  const responses = reads.map(({ table, encoded, projection }) => {
    const stored = engine.items.find(table, encoded);
    const consumption = used.get(table);
    if (consumption) consumption.tableUnits += TRANSACTION_FACTOR * readUnits(stored?.size ?? 0, true);
    return stored ? { Item: projectStored(stored, projection) } : {};
  });
  for (const consumption of used.values()) engine.meter.addReads('TransactGetItems', consumption);
  return {
    Responses: responses,
    ...(wanted !== 'NONE' && {
      ConsumedCapacity: [...used.values()].map((consumption) => consumedCapacity(wanted, consumption)),
    }),
  };
}

function parseGet(parent: Parameters, entry: object, position: number) {
  const get = new Parameters('TransactGetItems', entry, ENTRY_PARAMETERS).raw('Get');
  if (get === undefined) {
    throw validationError(
      `1 validation error detected: Value null at 'transactItems.${position + 1}.member.get' failed to satisfy constraint: ` +
        'Member must not be null',
    );
  }
  const prefix = `transactItems.${position + 1}.member.get`;
  const parameters = new Parameters('TransactGetItems.Get', structure(get), GET_PARAMETERS, parent, prefix);
  return { parameters, tableName: parameters.tableName(), key: parameters.requiredAttributes('Key') };
}
