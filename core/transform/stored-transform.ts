import * as z from 'zod';
import { deflate, inflate } from '../events/deflate.ts';
import { formatInteger } from '../format-integer.ts';
import type { TransformCode } from './transform.ts';

/** In a request each of its characters may take six of JSON (`\u0000`), and the API takes 256 KiB. */
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
 * A program as the row of its connection has it: deflated. Fan-out reads the rows of a source's connections for every batch, at
 * a read unit ($0.125 a million) for each 4 KB, consistently, and has no use for programs. JavaScript deflates to a third, so the
 * largest takes 3 units there in place of 8, and most none beside the row's own; nor does fan-out inflate what it reads.
 */
export type StoredTransform = Uint8Array;

export function compressTransform(code: TransformCode): StoredTransform {
  return deflate(Buffer.from(code));
}

export function decompressTransform(kept: StoredTransform): TransformCode {
  return inflate(kept).toString('utf8');
}
