import { refusal } from './errors.ts';

/** The value of a secret: text, or bytes. */
export type SecretValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

interface GivenValue {
  readonly SecretString?: string | null | undefined;
  readonly SecretBinary?: Uint8Array | null | undefined;
}

/** @throws AwsError InvalidParameterException, InvalidRequestException unless exactly one is given */
export function givenValue({ SecretString, SecretBinary }: GivenValue): SecretValue {
  if (SecretString && SecretBinary) {
    throw refusal(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString) return { kind: 'string', text: SecretString };
  if (SecretBinary) return { kind: 'binary', bytes: SecretBinary };
  throw refusal('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
}

export function isSameValue(one: SecretValue, other: SecretValue): boolean {
  if (one.kind === 'string') return other.kind === 'string' && one.text === other.text;
  return other.kind === 'binary' && Buffer.from(one.bytes).equals(other.bytes);
}
