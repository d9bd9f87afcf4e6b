import * as z from 'zod';

/** Fields that several resources share. Requests, responses and rows name them in snake_case, the code in camelCase. */

const MAX_NAME_LENGTH = 100;
const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_SLUG_LENGTH = 64;

/** JSON can contain lone surrogates (`"\ud800"`), which UTF-8, and so the tables, cannot encode. */
function wellFormed(field: z.ZodString): z.ZodString {
  return field.refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
}

/**
 * Names appear in lines of lists, logs and terminals. So they must not have control characters or the two other
 * characters that end a line; nor those that change the direction of the following text, so that the name reads as
 * another one: https://trojansource.codes. Marks that affect nothing but themselves (U+200E, U+200F, U+061C) belong to
 * names in Arabic and Hebrew.
 */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Such as a zero-width space, which `trim` keeps: a name of only these is invisible. */
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}\u2800]*$/u;

export const nameField = wellFormed(z.string().trim().min(1).max(MAX_NAME_LENGTH))
  .refine(
    (name) => !CONTROL.test(name),
    'must be one line without control characters, including those that change the direction of text',
  )
  .refine((name) => name === '' || !INVISIBLE.test(name), 'must have a visible character')
  .meta({
    description: 'One line. Not unique. Surrounding white space is dropped.',
    examples: ['GitHub'],
  });
export const descriptionField = wellFormed(z.string().trim().max(MAX_DESCRIPTION_LENGTH)).meta({
  examples: ['Pushes and pull requests'],
});
export const slugField = z
  .string()
  .max(MAX_SLUG_LENGTH)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens, such as backend-api')
  .meta({ examples: ['backend-api'] });

/** ISO 8601 writes other years with six digits and a sign; these neither sort nor are times by RFC 3339. */
const [FIRST_MS, LAST_MS] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** A moment in any offset; milliseconds since the epoch once parsed. What is none is not compared with others: `abort`. */
export const timeField = z.iso
  .datetime({ offset: true, abort: true, error: 'must be a time in ISO 8601, such as 2026-11-22T10:00:00Z' })
  .meta({ examples: ['2026-11-22T10:00:00Z'] })
  .transform((text) => Date.parse(text))
  .refine((timeMs) => timeMs >= FIRST_MS && timeMs <= LAST_MS, 'must be in the years 0 to 9999 in UTC');

/** `Backend API` → `backend-api`; `null` when nothing of the name is left. */
export function slugOf(name: string): string | null {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mn}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
  return slug || null;
}

/** An update without fields is a mistake of the caller. */
export function notEmpty(change: object): boolean {
  return Object.values(change).some((value) => value !== undefined);
}
export const notEmptyMessage = 'must have at least one field to change';
