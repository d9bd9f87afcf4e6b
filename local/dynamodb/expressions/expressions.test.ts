import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../wire/aws-error.ts';
import { ExpressionCache } from './expression-cache.ts';
import { bindExpressions } from './expressions.ts';
import { isReserved, reservedWordCount } from './reserved-words.ts';

const fragment = fc.constantFrom(
  'a',
  'b.c',
  'd[0]',
  '#n',
  ':v',
  ':w',
  '(',
  ')',
  '=',
  '<>',
  '<',
  ',',
  '.',
  '[',
  ']',
  '1',
  'AND',
  'OR',
  'NOT',
  'IN',
  'BETWEEN',
  'SET',
  'REMOVE',
  'ADD',
  'DELETE',
  '+',
  '-',
  'size(',
  'contains(',
  'attribute_exists(',
  'if_not_exists(',
  'list_append(',
  'status',
  '!',
  'é',
  ' ',
);
const expression = fc.array(fragment, { maxLength: 25 }).map((fragments) => fragments.join(' '));

describe('expressions', () => {
  it('any token sequence is either bound or refused with a validation error', () => {
    fc.assert(
      fc.property(expression, (text) => {
        for (const parameter of ['ConditionExpression', 'UpdateExpression', 'ProjectionExpression'] as const) {
          try {
            bindExpressions({ [parameter]: text, ExpressionAttributeValues: { ':v': { N: '1' } } }, [parameter]);
          } catch (error) {
            expect(error).toBeInstanceOf(AwsError);
            expect(error).toMatchObject({ code: 'ValidationException' });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('excessively nested parentheses are refused', () => {
    const nested = `${'('.repeat(2000)}a = :v${')'.repeat(2000)}`;
    const bind = () =>
      bindExpressions({ ConditionExpression: nested, ExpressionAttributeValues: { ':v': { N: '1' } } }, [
        'ConditionExpression',
      ]);
    expect(bind).toThrow('Invalid ConditionExpression');
  });

  it('all 573 reserved words are recognized, in any case', () => {
    expect(reservedWordCount).toBe(573);
    for (const word of ['status', 'Name', 'TTL', 'hash', 'zone']) expect(isReserved(word)).toBe(true);
    for (const word of ['id', 'pk', 'expires_at']) expect(isReserved(word)).toBe(false);
  });
});

describe('the cache of parsed expressions', () => {
  it('each text is parsed once, and the least recently used one is evicted', () => {
    const parsed: string[] = [];
    const cache = new ExpressionCache((text) => {
      parsed.push(text);
      return text.length;
    }, 2);
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) cache.get(text);
    expect(parsed).toEqual(['a', 'b', 'c', 'b']);
  });
});
