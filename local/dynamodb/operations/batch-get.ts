import type { Item } from '../attribute-value.ts';
import { parseAttributeMap } from '../attribute-value.ts';
import { type ConsumedCapacity, Consumption, consumedCapacity, readUnits } from '../capacity.ts';
import { validationError } from '../errors.ts';
import type { BoundExpressions } from '../expressions/expressions.ts';
import { checkKey, type EncodedKey, encodeKey } from '../key-schema.ts';
import { MAX_BATCH_GET_KEYS } from '../limits.ts';
import { Parameters, structure } from '../parameters.ts';
import type { Table } from '../table.ts';
import { BatchGetBudget } from './batch-get-budget.ts';
import { returnConsumedCapacity } from './common.ts';
import type { Engine } from './engine.ts';
import { itemIdentity, projectStored, readExpressions } from './get-item.ts';

const PARAMETERS: ReadonlySet<string> = new Set(['RequestItems', 'ReturnConsumedCapacity']);
const TABLE_PARAMETERS: ReadonlySet<string> = new Set([
  'Keys',
  'ConsistentRead',
  'ProjectionExpression',
  'ExpressionAttributeNames',
]);

interface TableRequest {
  readonly table: Table;
  /** As sent, for the response's `UnprocessedKeys`. */
  readonly input: object;
  readonly consistent: boolean;
  readonly projection: BoundExpressions['projection'];
  readonly keys: readonly { readonly key: EncodedKey; readonly input: Item }[];
}

export async function batchGetItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('BatchGetItem', input, PARAMETERS);
  const wanted = returnConsumedCapacity(parameters);
  const requests = parseRequests(engine, parameters);
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, object> = {};
  const capacities: ConsumedCapacity[] = [];
  const budget = new BatchGetBudget();
  for (const request of requests) {
    const { table, keys } = request;
    const used = new Consumption(table);
    const found: Item[] = [];
    const left: Item[] = [];
    for (const { key, input: keyInput } of keys) {
      const stored = budget.isSpent(table, key) ? undefined : engine.items.find(table, key);
      if (!budget.take(table, key, stored?.size ?? 0)) {
        left.push(keyInput);
        continue;
      }
      used.tableUnits += readUnits(stored?.size ?? 0, request.consistent);
      if (stored) found.push(projectStored(stored, request.projection));
    }
    responses[table.name] = found;
    if (left.length > 0) unprocessed[table.name] = { ...request.input, Keys: left };
    engine.meter.addReads('BatchGetItem', used);
    const capacity = consumedCapacity(wanted, used);
    if (capacity) capacities.push(capacity);
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(wanted !== 'NONE' && { ConsumedCapacity: capacities }),
  };
}

function parseRequests(engine: Engine, parameters: Parameters): TableRequest[] {
  const entries = parameters.map('RequestItems').map(([tableName, value]) => {
    const input = structure(value);
    const prefix = `requestItems.${tableName}.member`;
    const table = new Parameters('BatchGetItem', input, TABLE_PARAMETERS, parameters, prefix);
    return { tableName, input, parameters: table, keys: table.list('Keys', 1, MAX_BATCH_GET_KEYS) };
  });
  parameters.check();
  if (entries.reduce((count, { keys }) => count + keys.length, 0) > MAX_BATCH_GET_KEYS) {
    throw validationError('Too many items requested for the BatchGetItem call');
  }
  return entries.map((entry) => {
    const table = engine.catalog.table(entry.tableName);
    return {
      table,
      input: entry.input,
      consistent: entry.parameters.boolean('ConsistentRead', false),
      projection: readExpressions(table, entry.parameters).projection,
      keys: parseKeys(table, entry.keys),
    };
  });
}

function parseKeys(table: Table, inputs: readonly object[]): TableRequest['keys'] {
  const seen = new Set<string>();
  return inputs.map((keyInput) => {
    const input = parseAttributeMap(keyInput);
    checkKey(table.key, input);
    const key = encodeKey(table.key, input);
    const identity = itemIdentity(table, key);
    if (seen.has(identity)) throw validationError('Provided list of item keys contains duplicates');
    seen.add(identity);
    return { key, input };
  });
}
