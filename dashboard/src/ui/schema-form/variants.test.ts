import { describe, expect, it } from 'vitest';
import { beginningOf, type Variant, variantOf } from './variants.ts';

const field = (name: string) => ({ name, schema: { type: 'string' }, isRequired: true });
const object = (label: string, names: readonly string[], rest: Partial<Variant> = {}): Variant =>
  ({ kind: 'object', label, constants: {}, fields: names.map(field), within: undefined, ...rest }) as Variant;

const bounds = { minimum: undefined, maximum: undefined };
const variants: readonly Variant[] = [
  { kind: 'word', label: 'none', value: 'none' },
  { kind: 'list', label: 'a list', list: { of: 'number', entries: bounds, each: bounds } },
  object('by header', ['header'], { within: 'by' }),
  object('by body', ['body'], { within: 'by' }),
  object('stripe', ['secret'], { constants: { type: 'stripe' } }),
];

describe('the variant of a value', () => {
  it.each([
    ['none', 0],
    [[5, 25], 1],
    [[], 1],
    [{ by: { header: 'X-Account-Id' } }, 2],
    [{ by: { body: 'customer.id' } }, 3],
    [{ type: 'stripe', secret: 'x', and_more: 'that answers tell' }, 4],
    ['fifo', -1],
    [{ type: 'github' }, -1],
    [{ by: { path: 'x' } }, -1],
    [null, -1],
    [undefined, -1],
  ])('the variant of %j is %i', (value, index) => {
    expect(variantOf(variants, value)).toBe(index);
  });

  it('a value without discriminating fields keeps the chosen variant', () => {
    expect(variantOf(variants, { by: {} }, 3)).toBe(3);
    expect(variantOf(variants, { by: { header: 'X-Account-Id' } }, 3)).toBe(2);
    expect(variantOf(variants, undefined, 3)).toBe(-1);
  });

  it.each(variants.map((variant, index) => [variant.label, variant, index] as const))(
    'the initial value of the variant %s has that variant',
    (_, variant, index) => {
      expect(variantOf(variants, beginningOf(variant), index)).toBe(index);
    },
  );
});
