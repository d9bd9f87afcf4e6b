import type { AttributeValue } from '../attribute-value.ts';
import type { Comparator } from './ast.ts';
import type { DocumentPath } from './path.ts';

/** A condition with all placeholders resolved and all operands checked: ready to be evaluated against items. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'comparison'; readonly operator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly lower: Operand; readonly upper: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[] }
  | { readonly kind: 'function'; readonly name: ConditionFunction; readonly operands: readonly Operand[] };

export type Operand =
  | { readonly kind: 'path'; readonly path: DocumentPath }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly operand: Operand };

export type ConditionFunction =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

/** The attributes at the top level that a condition looks at. */
export function attributesIn(condition: Condition): Set<string> {
  const names = new Set<string>();
  for (const path of pathsIn(condition)) names.add(path[0]);
  return names;
}

/** All document paths of a condition. */
export function* pathsIn(condition: Condition): Generator<DocumentPath> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      yield* pathsIn(condition.left);
      yield* pathsIn(condition.right);
      return;
    case 'not':
      yield* pathsIn(condition.condition);
      return;
    default:
      for (const operand of operandsOf(condition)) yield* pathsInOperand(operand);
  }
}

type Predicate = Exclude<Condition, { kind: 'and' | 'or' | 'not' }>;

function operandsOf(predicate: Predicate): readonly Operand[] {
  switch (predicate.kind) {
    case 'comparison':
      return [predicate.left, predicate.right];
    case 'between':
      return [predicate.operand, predicate.lower, predicate.upper];
    case 'in':
      return [predicate.operand, ...predicate.candidates];
    case 'function':
      return predicate.operands;
  }
}

function* pathsInOperand(operand: Operand): Generator<DocumentPath> {
  if (operand.kind === 'path') yield operand.path;
  if (operand.kind === 'size') yield* pathsInOperand(operand.operand);
}
