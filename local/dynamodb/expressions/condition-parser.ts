import type { Comparator, ConditionNode, FunctionNode, OperandNode } from './ast.ts';
import { TokenStream } from './token-stream.ts';

/** The grammar of condition, filter and key condition expressions. @throws ExpressionProblem */
export function parseCondition(expression: string): ConditionNode {
  const tokens = new TokenStream(expression);
  const condition = asCondition(tokens, disjunction(tokens));
  tokens.expectEnd();
  return condition;
}

/** One operand of a comparison or a function. */
export function parseOperand(tokens: TokenStream): OperandNode {
  if (tokens.at('(')) return tokens.parenthesized(() => parseOperand(tokens));
  const value = tokens.takeKind('value');
  if (value) return { kind: 'value', placeholder: value.text };
  return tokens.peek(1).text === '(' && tokens.peek().kind === 'identifier' ? functionCall(tokens) : tokens.path();
}

/** Conditions and updates both have functions. Which function may be used where is checked once the syntax is right. */
function functionCall(tokens: TokenStream): FunctionNode {
  const name = tokens.expectKind('identifier').text;
  tokens.expect('(');
  const operands = [parseOperand(tokens)];
  while (tokens.take(',')) operands.push(parseOperand(tokens));
  tokens.expect(')');
  return { kind: 'function', name, operands };
}

/** Parentheses may hold either. Only what follows them tells which one was meant. */
type ConditionOrOperand = ConditionNode | OperandNode;

function disjunction(tokens: TokenStream): ConditionOrOperand {
  let left = conjunction(tokens);
  while (tokens.at('OR')) {
    const condition = asCondition(tokens, left);
    tokens.take('OR');
    left = { kind: 'or', left: condition, right: asCondition(tokens, conjunction(tokens)) };
  }
  return left;
}

function conjunction(tokens: TokenStream): ConditionOrOperand {
  let left = negation(tokens);
  while (tokens.at('AND')) {
    const condition = asCondition(tokens, left);
    tokens.take('AND');
    left = { kind: 'and', left: condition, right: asCondition(tokens, negation(tokens)) };
  }
  return left;
}

function negation(tokens: TokenStream): ConditionOrOperand {
  if (!tokens.take('NOT')) return predicate(tokens);
  return { kind: 'not', condition: asCondition(tokens, negation(tokens)) };
}

function predicate(tokens: TokenStream): ConditionOrOperand {
  const subject = tokens.at('(') ? tokens.parenthesized(() => disjunction(tokens)) : parseOperand(tokens);
  if (!isOperand(subject)) return subject;
  const operator = takeComparator(tokens);
  if (operator) return { kind: 'comparison', operator, left: subject, right: parseOperand(tokens) };
  if (tokens.take('BETWEEN')) {
    const lower = parseOperand(tokens);
    tokens.expect('AND');
    return { kind: 'between', operand: subject, lower, upper: parseOperand(tokens) };
  }
  if (tokens.take('IN')) {
    tokens.expect('(');
    const candidates = [parseOperand(tokens)];
    while (tokens.take(',')) candidates.push(parseOperand(tokens));
    tokens.expect(')');
    return { kind: 'in', operand: subject, candidates };
  }
  return subject;
}

function isOperand(node: ConditionOrOperand): node is OperandNode {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'function' || node.kind === 'arithmetic';
}

function asCondition(tokens: TokenStream, node: ConditionOrOperand): ConditionNode {
  if (node.kind === 'path' || node.kind === 'value' || node.kind === 'arithmetic') throw tokens.syntaxError();
  return node;
}

const COMPARATORS: readonly Comparator[] = ['=', '<>', '<', '<=', '>', '>='];

function takeComparator(tokens: TokenStream): Comparator | undefined {
  return COMPARATORS.find((operator) => tokens.take(operator));
}
