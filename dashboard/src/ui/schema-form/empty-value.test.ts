import { describe, expect, it } from 'vitest';
import { nothingOf, shownText } from './empty-value.ts';

const description = { isNullable: true, byDefault: null };
const name = { isNullable: false, byDefault: undefined };
/** The key of a Kafka record: `null` means none, and if it is not given, it is the event's id. */
const key = { isNullable: true, byDefault: '{event_id}' };

describe('a field that is emptied', () => {
  it.each([
    ['is null again, where it was something or null', description, true, null],
    ['is not given, where it was not, and null is the default', description, false, undefined],
    ['is null, where not being given means the default', key, false, null],
    ['is not given, where it can not be null', name, true, undefined],
  ])('%s', (_, field, wasGiven, nothing) => {
    expect(nothingOf(field, wasGiven)).toBe(nothing);
  });
});

describe('a text field', () => {
  it.each([
    ['what is given', 'orders', key, 'orders'],
    ['nothing, for null', null, key, ''],
    ['the default, where an empty field would be another one', undefined, key, '{event_id}'],
    ['nothing, where that is the default', undefined, description, ''],
    ['nothing, where the default is what an empty field means', undefined, { ...key, isNullable: false }, ''],
  ])('shows %s', (_, value, field, shown) => {
    expect(shownText(value, field)).toBe(shown);
  });
});
