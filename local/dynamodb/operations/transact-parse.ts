import type { Item } from '../attribute-value.ts';
import { validationError } from '../errors.ts';
import type { BoundExpressions } from '../expressions/expressions.ts';
import { MAX_TRANSACTION_ACTIONS } from '../limits.ts';
import { Parameters, structure } from '../parameters.ts';
import type { Table } from '../table.ts';
import { type ReturnOnFailure, returnOnFailure } from './common.ts';
import type { Engine } from './engine.ts';
import { itemIdentity } from './get-item.ts';
import { attempt, type CancellationReason, NO_REASON, requireNoReasons } from './transaction-outcome.ts';
import {
  checkAction,
  deleteAction,
  putAction,
  updateAction,
  type WriteAction,
  writeExpressions,
} from './write-actions.ts';

const COMMON = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValuesOnConditionCheckFailure',
];
const KINDS = ['ConditionCheck', 'Put', 'Delete', 'Update'] as const;
type Kind = (typeof KINDS)[number];
const KIND_NAMES: ReadonlySet<string> = new Set(KINDS);

const honoured: Record<Kind, ReadonlySet<string>> = {
  ConditionCheck: new Set([...COMMON, 'Key']),
  Put: new Set([...COMMON, 'Item']),
  Delete: new Set([...COMMON, 'Key']),
  Update: new Set([...COMMON, 'Key', 'UpdateExpression']),
};

const build: Record<Kind, (table: Table, attributes: Item, expressions: BoundExpressions) => WriteAction> = {
  ConditionCheck: checkAction,
  Put: putAction,
  Delete: deleteAction,
  Update: updateAction,
};

export interface TransactAction {
  readonly action: WriteAction;
  readonly onFailure: ReturnOnFailure;
}

/**
 * The actions of TransactWriteItems.
 * @throws ValidationException, or TransactionCanceledException if an action doesn't fit the key of its table.
 */
export function parseTransactActions(engine: Engine, parameters: Parameters): TransactAction[] {
  const parsed = parameters.list('TransactItems', 1, MAX_TRANSACTION_ACTIONS).map((entry, position) => {
    const kinds = new Parameters('TransactWriteItems', entry, KIND_NAMES);
    return parseAction(parameters, kinds, position);
  });
  parameters.check();
  const bound = parsed.map((part) => {
    const table = engine.catalog.table(part.tableName);
    const values = part.kind === 'Update' ? (['UpdateExpression', 'ConditionExpression'] as const) : CONDITION_ONLY;
    const expressions = writeExpressions(part.parameters, values);
    return { ...part, table, expressions };
  });
  const actions: TransactAction[] = [];
  const reasons = bound.map(({ kind, table, attributes, expressions, onFailure }): CancellationReason => {
    const action = attempt(() => build[kind](table, attributes, expressions));
    if ('Code' in action) return action;
    actions.push({ action, onFailure });
    return NO_REASON;
  });
  requireNoReasons(reasons);
  const identities = new Set(actions.map(({ action }) => itemIdentity(action.table, action.key)));
  if (identities.size < actions.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  return actions;
}

const CONDITION_ONLY = ['ConditionExpression'] as const;

function parseAction(parent: Parameters, kinds: Parameters, position: number) {
  const given = KINDS.filter((kind) => kinds.raw(kind) !== undefined);
  const [kind] = given;
  if (!kind || given.length > 1) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const prefix = `transactItems.${position + 1}.member.${kind.charAt(0).toLowerCase()}${kind.slice(1)}`;
  const input = structure(kinds.raw(kind));
  const parameters = new Parameters(`TransactWriteItems.${kind}`, input, honoured[kind], parent, prefix);
  const tableName = parameters.tableName();
  const onFailure = returnOnFailure(parameters);
  if (kind === 'ConditionCheck') parameters.requiredString('ConditionExpression');
  if (kind === 'Update') parameters.requiredString('UpdateExpression');
  const attributes = parameters.requiredAttributes(kind === 'Put' ? 'Item' : 'Key');
  return { kind, parameters, tableName, onFailure, attributes };
}
