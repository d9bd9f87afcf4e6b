import { AwsError } from '../wire/aws-error.ts';
import type { Item } from './attribute-value.ts';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function invalidParameters(problem: string): AwsError {
  return validationError(`One or more parameter values were invalid: ${problem}`);
}

/** The body doesn't have the shape of the operation's model. */
export function serializationError(message: string): AwsError {
  return new AwsError('SerializationException', message);
}

export const CONDITION_FAILED_MESSAGE = 'The conditional request failed';

/** @param item the stored item, if `ReturnValuesOnConditionCheckFailure` asks for it. */
export function conditionFailed(item: Item | undefined): AwsError {
  return new AwsError('ConditionalCheckFailedException', CONDITION_FAILED_MESSAGE, 400, item ? { Item: item } : {});
}

export function tableNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'Requested resource not found');
}
