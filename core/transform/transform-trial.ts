import * as z from 'zod';
import { type Subject, subjectFields, subjectOf } from '../events/given-event.ts';
import { transformField } from './kept-transform.ts';
import type { TransformCode } from './transform.ts';

interface TransformTrial {
  readonly transform: TransformCode;
  readonly variables: Readonly<Record<string, string>>;
  readonly subject: Subject;
}

/** A transform, and what it is tried on. */
export const transformTrial = z
  .strictObject({
    transform: transformField,
    variables: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: "In place of a destination's `template_variables`.", examples: [{ severity: 'error' }] }),
    ...subjectFields,
  })
  .transform(({ transform, variables, ...given }, context): TransformTrial => {
    const subject = subjectOf(given, context);
    return subject ? { transform, variables, subject } : z.NEVER;
  })
  .meta({
    id: 'TransformTest',
    examples: [
      {
        transform: 'function transform(event) {\n  return { body: { text: event.json.ref } };\n}\n',
        event: { body: '{"ref":"refs/heads/main"}' },
      },
    ],
  });
