import type { ListShape, NamedField } from './schema.ts';

/** One of several forms that a value may have. */
export type Variant =
  | { readonly kind: 'word'; readonly label: string; readonly value: string }
  | { readonly kind: 'list'; readonly label: string; readonly list: ListShape }
  | {
      readonly kind: 'object';
      readonly label: string;
      /** What tells it from the others, by name; empty where its fields alone do. */
      readonly constants: Readonly<Record<string, unknown>>;
      readonly fields: readonly NamedField[];
      /** The one property that all of this is in: `fifo_by` of `{ fifo_by: { header } }`. */
      readonly within: string | undefined;
    };

/** What a value is at first when its form has been chosen, and nothing else is given yet. */
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
 * Which variant a value is; −1 for none.
 * @param chosen last: of those that it may be, as long as too little is given to tell
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
      // Answers about a thing with a name for its form may tell more than a request does.
      if (told.length > 0) return told.every(([name, constant]) => given[name] === constant);
      return Object.keys(given).every((name) => fields.some((field) => field.name === name));
    }
  }
}

/** `undefined` for what is no object. */
export function fieldsIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
