import type { Item } from '../attribute-value.ts';
import { Consumption, consumedCapacity, readUnits } from '../capacity.ts';
import { type BoundExpressions, bindExpressions } from '../expressions/expressions.ts';
import { project } from '../expressions/projection.ts';
import type { StoredItem } from '../item-store.ts';
import { checkKey, type EncodedKey, encodeKey } from '../key-schema.ts';
import { Parameters } from '../parameters.ts';
import type { Table } from '../table.ts';
import { returnConsumedCapacity } from './common.ts';
import type { Engine } from './engine.ts';
import { checkKeyPaths } from './key-paths.ts';

const PARAMETERS: ReadonlySet<string> = new Set([
  'TableName',
  'Key',
  'ConsistentRead',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ReturnConsumedCapacity',
]);

/** All reads see the latest commit. `ConsistentRead` only decides what they cost. */
export async function getItem(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('GetItem', input, PARAMETERS);
  const tableName = parameters.tableName();
  const consistent = parameters.boolean('ConsistentRead', false);
  const wanted = returnConsumedCapacity(parameters);
  const key = parameters.requiredAttributes('Key');
  parameters.check();
  const table = engine.catalog.table(tableName);
  const { projection } = readExpressions(table, parameters);
  checkKey(table.key, key);
  const stored = engine.items.find(table, encodeKey(table.key, key));
  const used = new Consumption(table);
  used.tableUnits = readUnits(stored?.size ?? 0, consistent);
  engine.meter.addReads('GetItem', used);
  const capacity = consumedCapacity(wanted, used);
  return {
    ...(stored && { Item: projectStored(stored, projection) }),
    ...(capacity && { ConsumedCapacity: capacity }),
  };
}

export function projectStored(stored: StoredItem, projection: BoundExpressions['projection']): Item {
  return projection ? project(stored.item, projection) : stored.item;
}

/** The expressions of a read by key. */
export function readExpressions(table: Table, parameters: Parameters): BoundExpressions {
  const expressions = bindExpressions(
    {
      ProjectionExpression: parameters.string('ProjectionExpression'),
      ExpressionAttributeNames: parameters.raw('ExpressionAttributeNames'),
    },
    [],
  );
  checkKeyPaths(table, expressions);
  return expressions;
}

/** Identifies an item within the request, to find repetitions. */
export function itemIdentity(table: Table, { pk, sk }: EncodedKey): string {
  return `${table.id}\u0000${pk.length}\u0000${pk}${sk}`;
}
