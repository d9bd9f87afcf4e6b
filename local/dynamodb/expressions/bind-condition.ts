import { type AttributeValue, attributeTypes, typeOf } from '../attribute-value.ts';
import { compareValues } from '../compare.ts';
import type { ConditionNode, FunctionNode, OperandNode } from './ast.ts';
import { misusedFunction, operandCounts } from './check-condition.ts';
import type { Condition, ConditionFunction, Operand } from './condition.ts';
import { bindPath, formatPath, isSamePath } from './path.ts';
import type { ExpressionScope } from './scope.ts';
import { ExpressionProblem } from './token-stream.ts';

/** Resolves the placeholders. @throws ExpressionProblem if one is missing or an operand doesn't fit its operator. */
export function bindCondition(node: ConditionNode, scope: ExpressionScope): Condition {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { kind: node.kind, left: bindCondition(node.left, scope), right: bindCondition(node.right, scope) };
    case 'not':
      return { kind: 'not', condition: bindCondition(node.condition, scope) };
    case 'comparison': {
      const [left, right] = [bindOperand(node.left, scope), bindOperand(node.right, scope)];
      checkDistinct(node.operator, left, [right]);
      if (node.operator !== '=' && node.operator !== '<>') checkOrdered(node.operator, [left, right]);
      return { kind: 'comparison', operator: node.operator, left, right };
    }
    case 'between': {
      const operand = bindOperand(node.operand, scope);
      const [lower, upper] = [bindOperand(node.lower, scope), bindOperand(node.upper, scope)];
      checkDistinct('BETWEEN', operand, [lower, upper]);
      checkOrdered('BETWEEN', [operand, lower, upper]);
      checkBounds(lower, upper);
      return { kind: 'between', operand, lower, upper };
    }
    case 'in': {
      const operand = bindOperand(node.operand, scope);
      const candidates = node.candidates.map((candidate) => bindOperand(candidate, scope));
      checkDistinct('IN', operand, candidates);
      return { kind: 'in', operand, candidates };
    }
    case 'function':
      return bindFunction(node, scope);
  }
}

function bindFunction(node: FunctionNode, scope: ExpressionScope): Condition {
  const operands = node.operands.map((operand) => bindOperand(operand, scope));
  checkOperandCount(node);
  const [first, ...others] = operands;
  if (!first || !isConditionFunction(node.name)) throw misusedFunction(node);
  checkDistinct(node.name, first, others);
  checkFunctionOperands[node.name](node.name, operands);
  return { kind: 'function', name: node.name, operands };
}

function isConditionFunction(name: string): name is ConditionFunction {
  return name !== 'size' && Object.hasOwn(operandCounts, name);
}

function bindOperand(node: OperandNode, scope: ExpressionScope): Operand {
  switch (node.kind) {
    case 'path':
      return { kind: 'path', path: bindPath(node, scope) };
    case 'value':
      return { kind: 'value', value: scope.value(node.placeholder) };
    case 'function': {
      const [operand, ...others] = node.operands.map((inner) => bindOperand(inner, scope));
      if (!operand || others.length > 0) throw wrongOperandCount(node);
      checkSizable(operand);
      return { kind: 'size', operand };
    }
    case 'arithmetic':
      throw new Error('conditions have no arithmetic');
  }
}

function checkOperandCount(node: FunctionNode): void {
  if (isConditionFunction(node.name) && operandCounts[node.name] !== node.operands.length) {
    throw wrongOperandCount(node);
  }
}

function wrongOperandCount({ name, operands }: FunctionNode): ExpressionProblem {
  return new ExpressionProblem(
    'Incorrect number of operands for operator or function; ' +
      `operator or function: ${name}, number of operands: ${operands.length}`,
  );
}

/** The type of an operand, if it is known without an item. */
function knownType(operand: Operand): string | undefined {
  if (operand.kind === 'value') return typeOf(operand.value);
  return operand.kind === 'size' ? 'N' : undefined;
}

function wrongType(name: string, type: string): ExpressionProblem {
  return new ExpressionProblem(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}

function checkTypes(name: string, operands: readonly Operand[], allowed: readonly string[]): void {
  for (const operand of operands) {
    const type = knownType(operand);
    if (type !== undefined && !allowed.includes(type)) throw wrongType(name, type);
  }
}

function checkOrdered(operator: string, operands: readonly Operand[]): void {
  checkTypes(operator, operands, ['S', 'N', 'B']);
}

function checkSizable(operand: Operand): void {
  const type = knownType(operand);
  if (type === 'N' || type === 'BOOL' || type === 'NULL') throw wrongType('size', type);
}

const checkFunctionOperands: Record<ConditionFunction, (name: string, operands: readonly Operand[]) => void> = {
  attribute_exists: checkIsPath,
  attribute_not_exists: checkIsPath,
  begins_with: (name, operands) => checkTypes(name, operands, ['S', 'B']),
  contains: () => undefined,
  attribute_type(name, [, type]) {
    if (type?.kind !== 'value') throw wrongType(name, `{${attributeTypes.join(',')}}`);
    if (!('S' in type.value)) throw wrongType(name, typeOf(type.value));
    const wanted = type.value.S;
    if (!attributeTypes.some((known) => known === wanted)) {
      throw new ExpressionProblem(
        `Invalid attribute type name found; type: ${wanted}, valid types: {${attributeTypes.join(',')}}`,
      );
    }
  },
};

function checkIsPath(name: string, [operand]: readonly Operand[]): void {
  if (operand?.kind === 'path') return;
  throw new ExpressionProblem(`Operator or function requires a document path; operator or function: ${name}`);
}

function checkDistinct(operator: string, first: Operand, others: readonly Operand[]): void {
  if (first.kind !== 'path') return;
  if (!others.some((other) => other.kind === 'path' && isSamePath(other.path, first.path))) return;
  throw new ExpressionProblem(
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      `operator: ${operator}, first operand: ${formatPath(first.path)}`,
  );
}

function checkBounds(lower: Operand, upper: Operand): void {
  if (lower.kind !== 'value' || upper.kind !== 'value') return;
  const bounds = `lower bound operand: ${describe(lower.value)}, upper bound operand: ${describe(upper.value)}`;
  const order = compareValues(lower.value, upper.value);
  if (order === undefined) {
    throw new ExpressionProblem(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
  }
  if (order > 0) {
    throw new ExpressionProblem(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    );
  }
}

function describe(value: AttributeValue): string {
  const [member] = Object.entries(value);
  return `AttributeValue: {${member?.[0]}:${member?.[1]}}`;
}
