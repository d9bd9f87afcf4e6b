import type { AttributeMap } from '../attribute-value.ts';
import { Consumption, consumedCapacity, type ReturnConsumedCapacity, readUnits } from '../capacity.ts';
import { invalidParameters, validationError } from '../errors.ts';
import { attributesIn } from '../expressions/condition.ts';
import { type BoundExpressions, bindExpressions } from '../expressions/expressions.ts';
import { type KeyCondition, keyConditionOf } from '../expressions/key-condition.ts';
import { project } from '../expressions/projection.ts';
import { type KeySchema, keyAttributes } from '../key-schema.ts';
import { Parameters } from '../parameters.ts';
import { returnConsumedCapacity } from './common.ts';
import type { Engine } from './engine.ts';
import { checkKeyPaths } from './key-paths.ts';
import { type Page, type ReadSource, readPage } from './read-page.ts';
import { lastEvaluatedKey, startPosition } from './start-key.ts';

const COMMON = [
  'TableName',
  'IndexName',
  'Select',
  'Limit',
  'ConsistentRead',
  'ExclusiveStartKey',
  'FilterExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnConsumedCapacity',
];
const SCAN_PARAMETERS: ReadonlySet<string> = new Set(COMMON);
const QUERY_PARAMETERS: ReadonlySet<string> = new Set([...COMMON, 'KeyConditionExpression', 'ScanIndexForward']);

const SELECTIONS = ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'] as const;
type Selection = (typeof SELECTIONS)[number] | 'DEFAULT';

export async function query(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('Query', input, QUERY_PARAMETERS);
  const request = readRequest(engine, parameters, ['FilterExpression', 'KeyConditionExpression']);
  const forward = parameters.boolean('ScanIndexForward', true);
  const { keyCondition } = request.expressions;
  if (!keyCondition) {
    throw validationError(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const key = keyOfSource(request.source);
  const bound = keyConditionOf(keyCondition, key);
  checkFilterAvoidsKey(request.expressions, key);
  return readResponse(engine, 'Query', request, bound, forward);
}

export async function scan(engine: Engine, input: object): Promise<object> {
  const parameters = new Parameters('Scan', input, SCAN_PARAMETERS);
  return readResponse(engine, 'Scan', readRequest(engine, parameters, ['FilterExpression']), undefined, true);
}

interface ReadRequest {
  readonly source: ReadSource;
  readonly expressions: BoundExpressions;
  readonly selection: Selection;
  readonly limit: number | undefined;
  readonly consistent: boolean;
  readonly startKey: AttributeMap | undefined;
  readonly capacity: ReturnConsumedCapacity;
}

function readRequest(
  engine: Engine,
  parameters: Parameters,
  valueExpressions: readonly ('FilterExpression' | 'KeyConditionExpression')[],
): ReadRequest {
  const tableName = parameters.tableName();
  const indexName = parameters.indexName();
  const selection = parameters.oneOf<Selection>('Select', SELECTIONS, 'DEFAULT');
  const limit = parameters.integer('Limit', 1);
  const consistent = parameters.boolean('ConsistentRead', false);
  const capacity = returnConsumedCapacity(parameters);
  parameters.check();
  const startKey = parameters.attributes('ExclusiveStartKey');
  const expressions = bindExpressions(
    {
      KeyConditionExpression: parameters.string('KeyConditionExpression'),
      FilterExpression: parameters.string('FilterExpression'),
      ProjectionExpression: parameters.string('ProjectionExpression'),
      ExpressionAttributeNames: parameters.raw('ExpressionAttributeNames'),
      ExpressionAttributeValues: parameters.raw('ExpressionAttributeValues'),
    },
    valueExpressions,
  );
  checkSelection(selection, expressions, indexName);
  const table = engine.catalog.table(tableName);
  const source = { table, index: indexName === undefined ? undefined : table.index(indexName) };
  if (source.index && consistent) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  checkKeyPaths(table, expressions);
  checkProjected(source, selection, expressions);
  return { source, expressions, selection, limit, consistent, startKey, capacity };
}

function readResponse(
  engine: Engine,
  operation: 'Query' | 'Scan',
  request: ReadRequest,
  keyCondition: KeyCondition | undefined,
  forward: boolean,
): object {
  const { source, expressions, startKey } = request;
  const page = readPage(engine.database, {
    ...source,
    keyCondition,
    forward,
    startAfter: startKey && startPosition(source, startKey, keyCondition),
    limit: request.limit,
    filter: expressions.filter,
  });
  const { projection } = expressions;
  const items = projection ? page.items.map((item) => project(item, projection)) : page.items;
  const used = pageConsumption(source, page, request.consistent);
  engine.meter.addReads(operation, used);
  const capacity = consumedCapacity(request.capacity, used);
  return {
    ...(request.selection !== 'COUNT' && { Items: items }),
    Count: items.length,
    ScannedCount: page.scannedCount,
    ...(page.last && { LastEvaluatedKey: lastEvaluatedKey(source, page.last) }),
    ...(capacity && { ConsumedCapacity: capacity }),
  };
}

function pageConsumption({ table, index }: ReadSource, page: Page, consistent: boolean): Consumption {
  const used = new Consumption(table);
  const units = readUnits(page.bytes, consistent);
  if (index) used.addIndexUnits(index.name, units);
  else used.tableUnits = units;
  return used;
}

function keyOfSource({ table, index }: ReadSource): KeySchema {
  return index ? index.key : table.key;
}

function checkSelection(selection: Selection, { projection }: BoundExpressions, indexName: string | undefined): void {
  if (selection === 'ALL_PROJECTED_ATTRIBUTES' && indexName === undefined) {
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (selection === 'SPECIFIC_ATTRIBUTES' && !projection) {
    throw validationError(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (projection && selection !== 'SPECIFIC_ATTRIBUTES' && selection !== 'DEFAULT') {
    const what = selection === 'COUNT' ? 'only the Count' : selection;
    throw validationError(`Cannot specify the ProjectionExpression when choosing to get ${what}`);
  }
}

/** An index can only return the attributes it holds. */
function checkProjected({ index }: ReadSource, selection: Selection, { projection, filter }: BoundExpressions): void {
  const held = index?.projected;
  if (!index || !held) return;
  if (selection === 'ALL_ATTRIBUTES') {
    throw invalidParameters(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} ` +
        'because its projection type is not ALL',
    );
  }
  const missing = (projection ?? []).map(([name]) => name).filter((name) => !held.has(name));
  if (missing.length > 0) {
    throw invalidParameters(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`);
  }
  const unfilterable = filter ? [...attributesIn(filter)].filter((name) => !held.has(name)) : [];
  if (unfilterable.length > 0) {
    throw invalidParameters(
      `Secondary index ${index.name} does not project one or more filter attributes: [${unfilterable.join(', ')}]`,
    );
  }
}

/** A filter must not use the key attributes: the key condition has already chosen by them. */
function checkFilterAvoidsKey({ filter }: BoundExpressions, key: KeySchema): void {
  if (!filter) return;
  const names = attributesIn(filter);
  for (const { name } of keyAttributes(key)) {
    if (names.has(name)) {
      throw validationError(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
    }
  }
}
