import type { FieldShape } from './schema.ts';

type Nothing = Pick<FieldShape, 'isNullable' | 'byDefault'>;

/** The value of a field that is emptied or switched off: `null` if that means something different from not being given. */
export function emptyValueOf({ isNullable, byDefault }: Nothing, wasGiven: boolean): null | undefined {
  return isNullable && (wasGiven || (byDefault ?? null) !== null) ? null : undefined;
}

/**
 * The text shown in a field. If being empty means something different from the default, the default is shown, so that it can be
 * deleted.
 */
export function shownText(value: unknown, { isNullable, byDefault }: Nothing): string {
  if (value === undefined && isNullable && typeof byDefault === 'string') return byDefault;
  return typeof value === 'string' ? value : '';
}
