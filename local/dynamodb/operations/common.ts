import type { ReturnConsumedCapacity } from '../capacity.ts';
import { validationError } from '../errors.ts';
import type { Condition } from '../expressions/condition.ts';
import { evaluate } from '../expressions/evaluate.ts';
import type { StoredItem } from '../item-store.ts';
import type { Parameters } from '../parameters.ts';

export function returnConsumedCapacity(parameters: Parameters): ReturnConsumedCapacity {
  return parameters.oneOf('ReturnConsumedCapacity', ['INDEXES', 'TOTAL', 'NONE'], 'NONE');
}

/** Only tables with local secondary indexes have metrics, and the embedded service has no such indexes. */
export function returnItemCollectionMetrics(parameters: Parameters): void {
  parameters.oneOf('ReturnItemCollectionMetrics', ['SIZE', 'NONE'], 'NONE');
}

export type ReturnOnFailure = 'ALL_OLD' | 'NONE';

export function returnOnFailure(parameters: Parameters): ReturnOnFailure {
  return parameters.oneOf('ReturnValuesOnConditionCheckFailure', ['ALL_OLD', 'NONE'], 'NONE');
}

export type ReturnValues = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

export function returnValues(parameters: Parameters): ReturnValues {
  return parameters.oneOf('ReturnValues', ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'], 'NONE');
}

/** Checks the return values that PutItem and DeleteItem support. */
export function checkReturnsOld(returns: ReturnValues): void {
  if (returns !== 'NONE' && returns !== 'ALL_OLD') throw validationError('ReturnValues can only be ALL_OLD or NONE');
}

export function holds(condition: Condition | undefined, old: StoredItem | undefined): boolean {
  return !condition || evaluate(condition, old?.item ?? {});
}
