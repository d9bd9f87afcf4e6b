import { describe, expect, test } from 'vitest';
import { failedItems } from './batch-response.ts';

const batch = new Set(['a', 'b', 'c']);

describe('the batch response of a function', () => {
  test.each([
    ['nothing', null],
    ['an empty string', ''],
    ['an empty list', []],
    ['an empty object', {}],
    ['an object about something else', { done: true }],
    ['an empty list of failures', { batchItemFailures: [] }],
    ['a null list of failures', { batchItemFailures: null }],
  ])('%s means that all succeeded', (_what, response) => {
    expect(failedItems(JSON.stringify(response), batch)).toEqual(new Set());
  });

  test('only the named items failed', () => {
    const response = { batchItemFailures: [{ itemIdentifier: 'c' }, { itemIdentifier: 'a' }] };
    expect(failedItems(JSON.stringify(response), batch)).toEqual(new Set(['c', 'a']));
  });

  test.each([
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
    ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
    ['an identifier that is not a string', { batchItemFailures: [{ itemIdentifier: 123 }] }],
    ['an identifier under another name', { batchItemFailures: [{ foo: 'a' }] }],
    ['an item that is not in the batch', { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'd' }] }],
    ['a null item', { batchItemFailures: [null] }],
    ['failures that are not a list', { batchItemFailures: 'a' }],
    ['a text', 'done'],
    ['a number', 1],
  ])('%s fails the whole batch', (_what, response) => {
    expect(failedItems(JSON.stringify(response), batch)).toBe(undefined);
  });
});
