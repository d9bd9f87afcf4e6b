import type { FieldValues, Operation } from './operators.ts';

/** The parts of an event that have fields, in the order of evaluation: the body costs most, so it comes last. */
export const fieldRoots = ['event_type', 'method', 'path', 'headers', 'query', 'body'] as const;
export type FieldRoot = (typeof fieldRoots)[number];

export interface Field {
  readonly root: FieldRoot;
  /** Path below the root: empty for plain text, one name for a header or query parameter. */
  readonly names: readonly string[];
}

/** A parsed filter. */
export type FilterNode =
  | { readonly kind: 'all' | 'any'; readonly nodes: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly node: FilterNode }
  | {
      readonly kind: 'condition';
      readonly field: Field;
      readonly operation: Operation;
      readonly test: (values: FieldValues) => boolean;
    };

/** Placeholder for a part that has a problem; never evaluated, because the filter is refused. */
export const NOTHING: FilterNode = { kind: 'all', nodes: [] };

/** The roots of all fields that a filter refers to. */
export function rootsOf(node: FilterNode): Set<FieldRoot> {
  switch (node.kind) {
    case 'condition':
      return new Set([node.field.root]);
    case 'not':
      return rootsOf(node.node);
    default:
      return new Set(node.nodes.flatMap((one) => [...rootsOf(one)]));
  }
}
