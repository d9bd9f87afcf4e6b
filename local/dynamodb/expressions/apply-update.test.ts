import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Item, parseAttributeMap } from '../attribute-value.ts';
import { applyUpdate } from './apply-update.ts';
import { bindExpressions } from './expressions.ts';

function update(
  item: Item,
  UpdateExpression: string,
  values?: Record<string, unknown>,
  names?: Record<string, string>,
) {
  const input = { UpdateExpression, ExpressionAttributeValues: values, ExpressionAttributeNames: names };
  const actions = bindExpressions(input, ['UpdateExpression']).update ?? [];
  return applyUpdate(actions, item);
}

describe('an update', () => {
  it('an update does not modify the old item', () => {
    const item = parseAttributeMap({
      l: { L: [{ N: '1' }, { M: { a: { N: '2' } } }] },
      m: { M: { x: { SS: ['a', 'b'] } } },
    });
    const before = JSON.stringify(item);
    update(item, 'SET l[1].a = :v, m.y = :v REMOVE l[0] DELETE m.x :s', { ':v': { N: '9' }, ':s': { SS: ['a'] } });
    expect(JSON.stringify(item)).toBe(before);
  });

  it('attribute names that mean something in JavaScript work like any other', () => {
    const updated = update({}, 'SET #p = :v, toString2 = :v', { ':v': { N: '1' } }, { '#p': '__proto__' });
    expect(JSON.stringify(updated)).toBe('{"__proto__":{"N":"1"},"toString2":{"N":"1"}}');
    expect(Object.getPrototypeOf(updated)).toBe(Object.prototype);
    expect(JSON.stringify(update(updated, 'REMOVE #p', undefined, { '#p': '__proto__' }))).toBe(
      '{"toString2":{"N":"1"}}',
    );
  });

  it('REMOVE deletes exactly the named elements of a list, whatever their order', () => {
    const lists = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lists, (indexes) => {
        const item = parseAttributeMap({ l: { L: Array.from({ length: 10 }, (_, n) => ({ N: String(n) })) } });
        const updated = update(item, `REMOVE ${indexes.map((index) => `l[${index}]`).join(', ')}`);
        const rest = Array.from({ length: 10 }, (_, n) => n).filter((n) => !indexes.includes(n));
        expect(updated).toEqual({ l: { L: rest.map((n) => ({ N: String(n) })) } });
      }),
    );
  });
});
