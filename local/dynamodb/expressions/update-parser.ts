import type { OperandNode, UpdateNode, ValueNode } from './ast.ts';
import { parseOperand } from './condition-parser.ts';
import { ExpressionProblem, TokenStream } from './token-stream.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Section = (typeof SECTIONS)[number];

/** The grammar of update expressions: sections in any order, each at most once. @throws ExpressionProblem */
export function parseUpdate(expression: string): UpdateNode[] {
  const tokens = new TokenStream(expression);
  const actions: UpdateNode[] = [];
  const seen = new Set<Section>();
  let repeated: Section | undefined;
  do {
    const section = SECTIONS.find((keyword) => tokens.take(keyword));
    if (!section) throw tokens.syntaxError();
    if (seen.has(section)) repeated ??= section;
    seen.add(section);
    do actions.push(parseAction[section](tokens));
    while (tokens.take(','));
  } while (tokens.peek().kind !== 'end');
  tokens.expectEnd();
  if (repeated) {
    throw new ExpressionProblem(`The "${repeated}" section can only be used once in an update expression;`);
  }
  return actions;
}

const parseAction: Record<Section, (tokens: TokenStream) => UpdateNode> = {
  SET(tokens) {
    const path = tokens.path();
    tokens.expect('=');
    return { kind: 'set', path, value: sum(tokens) };
  },
  REMOVE: (tokens) => ({ kind: 'remove', path: tokens.path() }),
  ADD: (tokens) => ({ kind: 'add', path: tokens.path(), value: value(tokens) }),
  DELETE: (tokens) => ({ kind: 'delete', path: tokens.path(), value: value(tokens) }),
};

/** One operand, or two with a plus or minus between them; never more. */
function sum(tokens: TokenStream): OperandNode {
  const left = tokens.at('(') ? tokens.parenthesized(() => sum(tokens)) : parseOperand(tokens);
  if (left.kind === 'arithmetic') return left;
  const operator = tokens.take('+') ? '+' : tokens.take('-') ? '-' : undefined;
  return operator ? { kind: 'arithmetic', operator, left, right: parseOperand(tokens) } : left;
}

function value(tokens: TokenStream): ValueNode {
  return { kind: 'value', placeholder: tokens.expectKind('value').text };
}
