import type { ConditionNode, FunctionNode, OperandNode } from './ast.ts';
import type { ConditionFunction } from './condition.ts';
import { OperatorCounter } from './operator-counter.ts';
import { checkReserved } from './path.ts';
import { ExpressionProblem } from './token-stream.ts';

export const operandCounts: Record<ConditionFunction | 'size', number> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
const MAX_IN_OPERANDS = 100;
const UPDATE_FUNCTIONS: ReadonlySet<string> = new Set(['if_not_exists', 'list_append']);

/** Checks what doesn't depend on names and values, so it runs only once for each text. @throws ExpressionProblem */
export function checkCondition(node: ConditionNode, counter = new OperatorCounter()): void {
  counter.add();
  switch (node.kind) {
    case 'and':
    case 'or':
      checkCondition(node.left, counter);
      checkCondition(node.right, counter);
      return;
    case 'not':
      checkCondition(node.condition, counter);
      return;
    case 'comparison':
      checkOperands([node.left, node.right], counter);
      return;
    case 'between':
      checkOperands([node.operand, node.lower, node.upper], counter);
      return;
    case 'in':
      checkOperands([node.operand, ...node.candidates], counter);
      if (node.candidates.length > MAX_IN_OPERANDS) {
        throw new ExpressionProblem(
          `The IN operator is provided with too many operands; number of operands: ${node.candidates.length}`,
        );
      }
      return;
    case 'function':
      checkFunctionName(node);
      if (node.name === 'size') throw misusedFunction(node);
      checkOperands(node.operands, counter);
  }
}

function checkOperands(operands: readonly OperandNode[], counter: OperatorCounter): void {
  for (const operand of operands) {
    if (operand.kind === 'path') checkReserved(operand);
    if (operand.kind !== 'function') continue;
    checkFunctionName(operand);
    if (operand.name !== 'size') throw misusedFunction(operand);
    counter.add();
    checkOperands(operand.operands, counter);
  }
}

function checkFunctionName({ name }: FunctionNode): void {
  if (UPDATE_FUNCTIONS.has(name)) {
    throw new ExpressionProblem(`The function is not allowed in a condition expression; function: ${name}`);
  }
  if (!Object.hasOwn(operandCounts, name)) {
    throw new ExpressionProblem(`Invalid function name; function: ${name}`);
  }
}

export function misusedFunction({ name }: FunctionNode): ExpressionProblem {
  return new ExpressionProblem(`The function is not allowed to be used this way in an expression; function: ${name}`);
}
