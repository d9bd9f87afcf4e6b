import { expect, test } from 'vitest';
import { MASKED_FORM, maskSecret, secretText } from './masking.ts';

test.each([maskSecret('short'), maskSecret('longer than twelve'), '••abcd'])(
  'the masked form of a secret, or a part of it, is no secret: %s',
  (text) => {
    expect(
      secretText()
        .safeParse(text)
        .error?.issues.map(({ message }) => message),
    ).toEqual([MASKED_FORM]);
  },
);

test('a secret with a bullet in it is one', () => {
  expect(secretText().parse('a•secret')).toBe('a•secret');
});
