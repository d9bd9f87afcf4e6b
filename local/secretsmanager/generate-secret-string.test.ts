import { expect, it } from 'vitest';
import { type GenerateSecretString, generateSecretString } from './generate-secret-string.ts';

function samples(settings: GenerateSecretString): string[] {
  return Array.from({ length: 200 }, () => generateSecretString(settings));
}

it('a password has 32 characters of all four types by default', () => {
  for (const password of samples({})) {
    expect(password).toHaveLength(32);
    for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(password).toMatch(type);
    expect(password).not.toContain(' ');
  }
});

it('no two passwords are alike', () => {
  expect(new Set(samples({})).size).toBe(200);
});

it('excluded types and characters never occur', () => {
  for (const password of samples({ PasswordLength: 48, ExcludePunctuation: true, ExcludeCharacters: 'abc123' })) {
    expect(password).toMatch(/^[d-zA-Z04-9]{48}$/);
  }
});

it('every required type occurs even in the shortest password', () => {
  for (const password of samples({ PasswordLength: 4 })) {
    expect(password).toMatch(/[a-z]/);
    expect(password).toMatch(/[0-9]/);
  }
});

it('not every type is required if RequireEachIncludedType is false', () => {
  const settings = { PasswordLength: 1, RequireEachIncludedType: false };
  expect(samples(settings).every((password) => password.length === 1)).toBe(true);
});

it('a space occurs only if IncludeSpace is set', () => {
  expect(samples({ IncludeSpace: true, PasswordLength: 5 }).every((password) => password.includes(' '))).toBe(true);
});

it('a template gets the password under its key', () => {
  const secret = generateSecretString({
    SecretStringTemplate: '{"user":"admin"}',
    GenerateStringKey: 'password',
    PasswordLength: 8,
  });
  expect(JSON.parse(secret)).toEqual({ user: 'admin', password: expect.stringMatching(/^.{8}$/) });
});

it.each([
  ['a length of 0', { PasswordLength: 0 }],
  ['a length over 4,096', { PasswordLength: 4097 }],
  ['fewer characters than required types', { PasswordLength: 3 }],
  [
    'nothing left to choose from',
    { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true, ExcludeCharacters: '0123456789' },
  ],
  ['a template without a key', { SecretStringTemplate: '{}' }],
  ['a key without a template', { GenerateStringKey: 'k' }],
  ['a template that is not JSON', { SecretStringTemplate: '{', GenerateStringKey: 'k' }],
  ['a template that is not an object', { SecretStringTemplate: '[]', GenerateStringKey: 'k' }],
])('invalid settings are refused: %s', (_rule, settings) => {
  expect(() => generateSecretString(settings)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }));
});
