import * as z from 'zod';
import { secretText } from '../secrets/masking.ts';

/** Fields that several schemes share. */

const MIN_SECRET_LENGTH = 8;
const MAX_SECRET_LENGTH = 512;

/** Visible ASCII, which providers and headers use. */
export const secretField = secretText()
  .min(MIN_SECRET_LENGTH)
  .max(MAX_SECRET_LENGTH)
  .regex(/^[\x20-\x7e]+$/, 'must be visible ASCII');

export function secretFields(description: string, example: string) {
  return {
    secret: secretField.meta({ description, examples: [example] }),
    previous_secret: previous(secretField),
  };
}

/** An optional previous value, which is also accepted while the sender switches over. */
export function previous<Field extends z.ZodType<string, string>>(field: Field) {
  return field
    .nullable()
    .default(null)
    .meta({ description: 'Also accepted, while the sender switches over.', examples: [null] });
}

/** The current value and, if set, the previous one. */
export function accepted(current: string, previous: string | null): string[] {
  return previous === null ? [current] : [current, previous];
}

export const DEFAULT_TOLERANCE_SECONDS = 300;

export const toleranceField = z
  .int()
  .min(10)
  .max(86_400)
  .default(DEFAULT_TOLERANCE_SECONDS)
  .meta({
    description: 'How far the signed time may differ from now, in either direction.',
    examples: [DEFAULT_TOLERANCE_SECONDS],
  });

export const ingestUrlField = z
  .url({ protocol: /^https?$/, error: 'must be a URL, such as https://hooks.example.com/in/src_…' })
  .max(2_048)
  .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
  .nullable()
  .default(null)
  .meta({
    description:
      "The ingest URL as the provider has it, if it differs from the source's `ingest_url`. The provider signs it.",
    examples: [null],
  });
