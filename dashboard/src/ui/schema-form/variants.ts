import type { ListShape, NamedField } from './schema.ts';

/** One of several forms that a value can have. */
export type Variant =
  | { readonly kind: 'word'; readonly label: string; readonly value: string }
  | { readonly kind: 'list'; readonly label: string; readonly list: ListShape }
  | {
      readonly kind: 'object';
      readonly label: string;
      /** The constants that distinguish it from the others, by name; empty if its fields alone do. */
      readonly constants: Readonly<Record<string, unknown>>;
      readonly fields: readonly NamedField[];
      /** The single property that contains all of it, as in `fifo_by` of `{ fifo_by: { header } }`. */
      readonly within: string | undefined;
    };

/** The initial value when a variant has been chosen and nothing else is given yet. */
export function beginningOf(variant: Variant): unknown {
  switch (variant.kind) {
    case 'word':
      return variant.value;
    case 'list':
      return [];
    case 'object':
      return variant.within === undefined ? variant.constants : { [variant.within]: variant.constants };
  }
}

/**
 * The index of the variant that a value has; −1 for none.
 * @param chosen the last choice, which wins as long as the value does not rule it out
 */
export function variantOf(variants: readonly Variant[], value: unknown, chosen = -1): number {
  const last = variants[chosen];
  return last && mayBe(last, value) ? chosen : variants.findIndex((variant) => mayBe(variant, value));
}

function mayBe(variant: Variant, value: unknown): boolean {
  switch (variant.kind) {
    case 'word':
      return value === variant.value;
    case 'list':
      return Array.isArray(value);
    case 'object': {
      const { constants, fields, within } = variant;
      const given = fieldsIn(within === undefined ? value : fieldsIn(value)?.[within]);
      if (given === undefined) return false;
      const told = Object.entries(constants);
      // Responses may have more fields than a request, even if a constant names their variant.
      if (told.length > 0) return told.every(([name, constant]) => given[name] === constant);
      return Object.keys(given).every((name) => fields.some((field) => field.name === name));
    }
  }
}

/** `undefined` if it is not an object. */
export function fieldsIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
