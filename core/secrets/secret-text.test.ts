import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, isSecretText, newSecretText } from './secret-text.ts';

describe('a secret that Hawser generates', () => {
  it('a secret has a prefix and 43 letters and digits', () => {
    expect(newSecretText('hwk')).toMatch(/^hwk_[0-9A-Za-z]{43}$/);
  });

  it('secrets do not repeat, and use every letter and digit', () => {
    const made = Array.from({ length: 1_000 }, () => newSecretText('hwk'));
    expect(new Set(made).size).toBe(1_000);
    expect(new Set(made.flatMap((text) => [...text.slice(4)])).size).toBe(62);
  });

  it('a secret is recognized by its form', () => {
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

  it('every secret has a different digest', () => {
    expect(digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf(newSecretText('hwk'))).not.toBe(digestOf(newSecretText('hwk')));
  });
});
