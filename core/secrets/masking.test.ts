import { expect, test } from 'vitest';
import { MASKED_FORM, maskSecret, secretText } from './masking.ts';

test.each([maskSecret('short'), maskSecret('longer than twelve'), '••abcd'])(
  'the masked form of a secret, or part of it, is refused as a secret: %s',
  (text) => {
    expect(
      secretText()
        .safeParse(text)
        .error?.issues.map(({ message }) => message),
    ).toEqual([MASKED_FORM]);
  },
);

test('a secret that contains one bullet is accepted', () => {
  expect(secretText().parse('a•secret')).toBe('a•secret');
});
