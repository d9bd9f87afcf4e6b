import { describe, expect, it } from 'vitest';
import { emptyValueOf, shownText } from './empty-value.ts';

const description = { isNullable: true, byDefault: null };
const name = { isNullable: false, byDefault: undefined };
/** The key of a Kafka record: `null` means none, and if it is not given, it is the event's id. */
const key = { isNullable: true, byDefault: '{event_id}' };

describe('an emptied field', () => {
  it.each([
    ['an emptied nullable field that was given is null', description, true, null],
    ['an emptied field that was not given stays so if its default is null', description, false, undefined],
    ['an emptied field with another default is null', key, false, null],
    ["an emptied field that can't be null is not given", name, true, undefined],
  ])('%s', (_, field, wasGiven, nothing) => {
    expect(emptyValueOf(field, wasGiven)).toBe(nothing);
  });
});

describe('a text field', () => {
  it.each([
    ['the given value', 'orders', key, 'orders'],
    ['nothing, for null', null, key, ''],
    ['the default, if empty means something else', undefined, key, '{event_id}'],
    ['nothing, if that is the default', undefined, description, ''],
    ['nothing, if an empty field means the default', undefined, { ...key, isNullable: false }, ''],
  ])('a text field shows %s', (_, value, field, shown) => {
    expect(shownText(value, field)).toBe(shown);
  });
});
