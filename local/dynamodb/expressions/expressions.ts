import { validationError } from '../errors.ts';
import { bindCondition } from './bind-condition.ts';
import { checkCondition } from './check-condition.ts';
import type { Condition } from './condition.ts';
import { parseCondition } from './condition-parser.ts';
import { ExpressionCache } from './expression-cache.ts';
import type { DocumentPath } from './path.ts';
import { bindProjection, parseProjection } from './projection.ts';
import { ExpressionScope } from './scope.ts';
import { ExpressionProblem } from './token-stream.ts';
import { bindUpdate, checkUpdate, type UpdateAction } from './update.ts';
import { parseUpdate } from './update-parser.ts';

const conditions = new ExpressionCache((expression) => {
  const node = parseCondition(expression);
  checkCondition(node);
  return node;
});
const updates = new ExpressionCache((expression) => {
  const parsed = parseUpdate(expression);
  checkUpdate(parsed);
  return parsed;
});
const projections = new ExpressionCache(parseProjection);

type ExpressionParameter =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'UpdateExpression'
  | 'ProjectionExpression';

/** The parameters of a request that hold expressions, with the names and values that these refer to. */
export interface ExpressionInput {
  readonly ConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: unknown;
  readonly ExpressionAttributeValues?: unknown;
}

export interface BoundExpressions {
  readonly condition: Condition | undefined;
  readonly filter: Condition | undefined;
  readonly keyCondition: Condition | undefined;
  readonly update: readonly UpdateAction[] | undefined;
  readonly projection: readonly DocumentPath[] | undefined;
}

/**
 * Binds all expressions of one request. Each text is parsed once and kept.
 *
 * @param valueExpressions parameters of the operation that may use values, in the order of the operation's messages.
 * @throws ValidationException with the service's own messages.
 */
export function bindExpressions(
  input: ExpressionInput,
  valueExpressions: readonly ExpressionParameter[],
): BoundExpressions {
  checkPlaceholdersAllowed(input, valueExpressions);
  const scope = new ExpressionScope(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const bound = {
    update: bind(input, 'UpdateExpression', (text) => bindUpdate(updates.get(text), scope)),
    condition: bind(input, 'ConditionExpression', (text) => bindCondition(conditions.get(text), scope)),
    keyCondition: bind(input, 'KeyConditionExpression', (text) => bindCondition(conditions.get(text), scope)),
    filter: bind(input, 'FilterExpression', (text) => bindCondition(conditions.get(text), scope)),
    projection: bind(input, 'ProjectionExpression', (text) => bindProjection(projections.get(text), scope)),
  };
  scope.checkAllUsed();
  return bound;
}

function bind<Bound>(
  input: ExpressionInput,
  parameter: ExpressionParameter,
  binding: (expression: string) => Bound,
): Bound | undefined {
  const expression = input[parameter];
  if (expression === undefined) return undefined;
  try {
    return binding(expression);
  } catch (error) {
    if (error instanceof ExpressionProblem) throw validationError(`Invalid ${parameter}: ${error.message}`);
    throw error;
  }
}

function checkPlaceholdersAllowed(input: ExpressionInput, valueExpressions: readonly ExpressionParameter[]): void {
  const hasValueExpression = valueExpressions.some((parameter) => input[parameter] !== undefined);
  if (input.ExpressionAttributeNames !== undefined && !hasValueExpression && input.ProjectionExpression === undefined) {
    throw validationError('ExpressionAttributeNames can only be specified when using expressions');
  }
  if (input.ExpressionAttributeValues !== undefined && !hasValueExpression) {
    const verb = valueExpressions.length > 1 ? 'are' : 'is';
    throw validationError(
      'ExpressionAttributeValues can only be specified when using expressions: ' +
        `${valueExpressions.join(' and ')} ${verb} null`,
    );
  }
}
