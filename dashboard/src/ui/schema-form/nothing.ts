import type { FieldShape } from './schema.ts';

type Nothing = Pick<FieldShape, 'isNullable' | 'byDefault'>;

/** What a field is that is emptied, or switched off: `null` where that is something else than not being given. */
export function nothingOf({ isNullable, byDefault }: Nothing, wasGiven: boolean): null | undefined {
  return isNullable && (wasGiven || (byDefault ?? null) !== null) ? null : undefined;
}

/** What a text field shows. Where nothing means something else than the default, the default is there to be deleted. */
export function shownText(value: unknown, { isNullable, byDefault }: Nothing): string {
  if (value === undefined && isNullable && typeof byDefault === 'string') return byDefault;
  return typeof value === 'string' ? value : '';
}
