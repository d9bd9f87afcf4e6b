import type { FieldValues, Operation } from './operators.ts';

/** Where a field is looked for. In the order in which the parts of a filter are looked at: the body costs most. */
export const fieldRoots = ['event_type', 'method', 'path', 'headers', 'query', 'body'] as const;
export type FieldRoot = (typeof fieldRoots)[number];

export interface Field {
  readonly root: FieldRoot;
  /** Names below it: none of a text, one of a header or a parameter. */
  readonly names: readonly string[];
}

/** A filter that was read. */
export type FilterNode =
  | { readonly kind: 'all' | 'any'; readonly nodes: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly node: FilterNode }
  | {
      readonly kind: 'condition';
      readonly field: Field;
      readonly operation: Operation;
      readonly test: (values: FieldValues) => boolean;
    };

/** Stands for a part that has a problem: its filter is refused, so that it is never looked at. */
export const NOTHING: FilterNode = { kind: 'all', nodes: [] };

/** The roots of all fields that a filter names. */
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
