import * as z from 'zod';

/** For what answers show masked, as `maskSecret` does, and somebody gives back. */

export const MASKED_FORM = 'is the masked form of a secret, not a secret';

/** Of the mask, as somebody may have copied it. */
const PART = '••';

export function isMaskedForm(text: string): boolean {
  return text.includes(PART);
}

/** A text that is not masked: of one that is, nothing else is said to be wrong. */
export function secretText(): z.ZodString {
  return z.string().refine((text) => !isMaskedForm(text), { message: MASKED_FORM, abort: true });
}
