import { randomInt } from 'node:crypto';
import type { AwsError } from '../wire/aws-error.ts';
import { refusal } from './errors.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
export interface GenerateSecretString {
  /** 1 to 4,096; 32 by default. */
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
  /** True by default. */
  readonly RequireEachIncludedType?: boolean | undefined;
  /** A JSON object to which the password is added under `GenerateStringKey`. Both are given, or neither. */
  readonly SecretStringTemplate?: string | undefined;
  readonly GenerateStringKey?: string | undefined;
}

const DEFAULT_PASSWORD_LENGTH = 32;
const MAX_PASSWORD_LENGTH = 4096;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * A new random secret. @throws AwsError InvalidParameterException if the settings leave no characters or contradict each other.
 */
export function generateSecretString(settings: GenerateSecretString): string {
  const { SecretStringTemplate: template, GenerateStringKey: key } = settings;
  const password = generatePassword(settings);
  if (template === undefined && key === undefined) return password;
  if (template === undefined || key === undefined) {
    throw invalid('SecretStringTemplate and GenerateStringKey must be given together');
  }
  return JSON.stringify({ ...parseTemplate(template), [key]: password });
}

function generatePassword(settings: GenerateSecretString): string {
  const length = settings.PasswordLength ?? DEFAULT_PASSWORD_LENGTH;
  if (!Number.isInteger(length) || length < 1 || length > MAX_PASSWORD_LENGTH) {
    throw invalid(`PasswordLength must be from 1 to ${MAX_PASSWORD_LENGTH}`);
  }
  const types = includedTypes(settings);
  const all = types.join('');
  if (all === '') throw invalid('the settings exclude every character');
  const required = settings.RequireEachIncludedType === false ? [] : types;
  if (required.length > length) throw invalid(`PasswordLength ${length} is too short for each included character type`);
  const characters = required.map(pick);
  while (characters.length < length) characters.push(pick(all));
  return shuffle(characters).join('');
}

function includedTypes(settings: GenerateSecretString): string[] {
  const excluded = new Set(settings.ExcludeCharacters ?? '');
  const types = [
    settings.ExcludeLowercase ? '' : LOWERCASE,
    settings.ExcludeUppercase ? '' : UPPERCASE,
    settings.ExcludeNumbers ? '' : NUMBERS,
    settings.ExcludePunctuation ? '' : PUNCTUATION,
    settings.IncludeSpace ? ' ' : '',
  ];
  return types
    .map((type) => [...type].filter((character) => !excluded.has(character)).join(''))
    .filter((type) => type !== '');
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

/** Fisher–Yates, so that the required characters don't always come first. */
function shuffle(characters: readonly string[]): string[] {
  const mixed: string[] = [];
  for (const character of characters) {
    const at = randomInt(mixed.length + 1);
    mixed.push(mixed[at] ?? character);
    mixed[at] = character;
  }
  return mixed;
}

function parseTemplate(template: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(template);
  } catch {
    throw invalid('SecretStringTemplate is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalid('SecretStringTemplate is not a JSON object');
  }
  return parsed;
}

function invalid(message: string): AwsError {
  return refusal('InvalidParameterException', message);
}
