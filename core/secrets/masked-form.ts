import * as z from 'zod';

/** Recognizes secrets that answers have masked with `maskSecret`, and that somebody sends back. */

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
