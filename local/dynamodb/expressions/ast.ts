/** The parser's result for the text alone. Names and values are still placeholders. */

export type PathStep = { readonly name: string } | { readonly placeholder: string } | { readonly index: number };

export interface PathNode {
  readonly kind: 'path';
  readonly steps: readonly PathStep[];
}

export interface ValueNode {
  readonly kind: 'value';
  /** Including its colon. */
  readonly placeholder: string;
}

export interface FunctionNode {
  readonly kind: 'function';
  readonly name: string;
  readonly operands: readonly OperandNode[];
}

interface ArithmeticNode {
  readonly kind: 'arithmetic';
  readonly operator: '+' | '-';
  readonly left: OperandNode;
  readonly right: OperandNode;
}

export type OperandNode = PathNode | ValueNode | FunctionNode | ArithmeticNode;

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly left: ConditionNode; readonly right: ConditionNode }
  | { readonly kind: 'not'; readonly condition: ConditionNode }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparator;
      readonly left: OperandNode;
      readonly right: OperandNode;
    }
  | {
      readonly kind: 'between';
      readonly operand: OperandNode;
      readonly lower: OperandNode;
      readonly upper: OperandNode;
    }
  | { readonly kind: 'in'; readonly operand: OperandNode; readonly candidates: readonly OperandNode[] }
  | FunctionNode;

export type UpdateNode =
  | { readonly kind: 'set'; readonly path: PathNode; readonly value: OperandNode }
  | { readonly kind: 'remove'; readonly path: PathNode }
  | { readonly kind: 'add' | 'delete'; readonly path: PathNode; readonly value: ValueNode };
