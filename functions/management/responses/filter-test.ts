import * as z from 'zod';
import type { FilterVerdict } from '../../../core/filter/filter.ts';

export const filterTestResponse = z
  .object({
    matches: z
      .boolean()
      .nullable()
      .meta({
        description: 'Whether the connection would pass the event on; `null`: the filter cannot be evaluated for it.',
        examples: [true],
      }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why it cannot be evaluated.', examples: [null] }),
  })
  .meta({ id: 'FilterTestResult' });

export function toFilterTestResponse(verdict: FilterVerdict): z.input<typeof filterTestResponse> {
  if (verdict.kind === 'failed') return { matches: null, error: verdict.message };
  return { matches: verdict.kind === 'matches', error: null };
}
