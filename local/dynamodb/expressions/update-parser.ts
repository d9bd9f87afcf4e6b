import type { OperandNode, UpdateNode, ValueNode } from './ast.ts';
import { parseOperand } from './condition-parser.ts';
import { TokenStream } from './token-stream.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Section = (typeof SECTIONS)[number];

export interface ParsedUpdate {
  /** In the order written, including repetitions. */
  readonly sections: readonly Section[];
  readonly actions: readonly UpdateNode[];
}

/** The grammar of update expressions; sections may come in any order. @throws ExpressionProblem */
export function parseUpdate(expression: string): ParsedUpdate {
  const tokens = new TokenStream(expression);
  const actions: UpdateNode[] = [];
  const sections: Section[] = [];
  do {
    const section = SECTIONS.find((keyword) => tokens.take(keyword));
    if (!section) throw tokens.syntaxError();
    sections.push(section);
    do actions.push(parseAction[section](tokens));
    while (tokens.take(','));
  } while (tokens.peek().kind !== 'end');
  tokens.expectEnd();
  return { sections, actions };
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

/** One operand, or two with a plus or minus between them. Never more. */
function sum(tokens: TokenStream): OperandNode {
  const left = tokens.at('(') ? tokens.parenthesized(() => sum(tokens)) : parseOperand(tokens);
  if (left.kind === 'arithmetic') return left;
  const operator = tokens.take('+') ? '+' : tokens.take('-') ? '-' : undefined;
  return operator ? { kind: 'arithmetic', operator, left, right: parseOperand(tokens) } : left;
}

function value(tokens: TokenStream): ValueNode {
  return { kind: 'value', placeholder: tokens.expectKind('value').text };
}
