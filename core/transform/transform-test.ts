import * as z from 'zod';
import { type TestedEvent, testedEventFields, testedEventOf } from '../events/given-event.ts';
import { transformField } from './stored-transform.ts';
import type { TransformCode } from './transform.ts';

interface TransformTest {
  readonly transform: TransformCode;
  readonly variables: Readonly<Record<string, string>>;
  readonly testedEvent: TestedEvent;
}

/** A request to test a transform on an event. */
export const transformTest = z
  .strictObject({
    transform: transformField,
    variables: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: "In place of a destination's `template_variables`.", examples: [{ severity: 'error' }] }),
    ...testedEventFields,
  })
  .transform(({ transform, variables, ...given }, context): TransformTest => {
    const testedEvent = testedEventOf(given, context);
    return testedEvent ? { transform, variables, testedEvent } : z.NEVER;
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
