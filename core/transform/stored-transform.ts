import * as z from 'zod';
import { deflate, inflate } from '../events/deflate.ts';
import { formatInteger } from '../format-integer.ts';
import type { TransformCode } from './transform.ts';

/** In a request, each character may take six of JSON (`\u0000`), and the API accepts 256 KiB. */
export const MAX_TRANSFORM_BYTES = 32 * 1024;

export const transformField = z
  .string()
  .superRefine((code, context) => {
    if (!code.isWellFormed()) context.addIssue({ code: 'custom', message: 'must be well-formed Unicode' });
    const bytes = Buffer.byteLength(code);
    if (bytes > MAX_TRANSFORM_BYTES) {
      context.addIssue({
        code: 'custom',
        message: `has ${formatInteger(bytes)} bytes; the limit is ${formatInteger(MAX_TRANSFORM_BYTES)}`,
      });
    }
  })
  .meta({
    description: 'JavaScript that defines `transform(event, variables)`, as in [transforms](transforms.md).',
    examples: ['function transform(event) {\n  return { body: { text: event.json.ref } };\n}\n'],
  });

/**
 * A program as its connection's row stores it: deflated. Fan-out has no use for programs, but it reads the rows of a source's
 * connections for every batch, at one read unit ($0.125 a million) per 4 KB, consistently. JavaScript deflates to a third, so the
 * largest program costs 3 units there instead of 8, and most cost none beyond the row's own. Fan-out never inflates them.
 */
export type StoredTransform = Uint8Array;

export function compressTransform(code: TransformCode): StoredTransform {
  return deflate(Buffer.from(code));
}

export function decompressTransform(stored: StoredTransform): TransformCode {
  return inflate(stored).toString('utf8');
}
