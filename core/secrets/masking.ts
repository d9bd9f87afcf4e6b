import * as z from 'zod';

/** Shows secrets masked, and recognizes the masked form when somebody sends it back. */

export const MASK = '••••';

/** Bullets and the last four characters; only bullets if the value is so short that four characters would give it away. */
export function maskSecret(value: string): string {
  return value.length >= 12 ? `${MASK}${value.slice(-4)}` : MASK;
}

export const MASKED_FORM = 'is the masked form of a secret, not a secret';

/** Part of a mask, as somebody may have copied it. */
const PART = '••';

export function isMaskedForm(text: string): boolean {
  return text.includes(PART);
}

/** A text that is not masked. If it is, nothing else is reported about it. */
export function secretText(): z.ZodString {
  return z.string().refine((text) => !isMaskedForm(text), { message: MASKED_FORM, abort: true });
}
