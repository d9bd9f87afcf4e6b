import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, isSecretText, newSecretText } from './secret-text.ts';

describe('a secret that Hawser makes', () => {
  it('has a prefix and 43 letters and digits', () => {
    expect(newSecretText('hwk')).toMatch(/^hwk_[0-9A-Za-z]{43}$/);
  });

  it('is never made twice, and uses every letter and digit', () => {
    const made = Array.from({ length: 1_000 }, () => newSecretText('hwk'));
    expect(new Set(made).size).toBe(1_000);
    expect(new Set(made.flatMap((text) => [...text.slice(4)])).size).toBe(62);
  });

  it('is told from everything else by its form', () => {
    const text = newSecretText('hwk');
    expect(isSecretText('hwk', text)).toBe(true);
    for (const other of [
      '',
      'hwk_',
      `${text}0`,
      text.slice(0, -1),
      ` ${text}`,
      `${text}\n`,
      text.replace('k_', 's_'),
    ]) {
      expect(isSecretText('hwk', other)).toBe(false);
    }
    fc.assert(fc.property(fc.string(), (other) => !isSecretText('hwk', other)));
  });

  it('is kept as a digest that differs for each', () => {
    expect(digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf(newSecretText('hwk'))).not.toBe(digestOf(newSecretText('hwk')));
  });
});
