import * as z from 'zod';
import type { FilterVerdict } from '../../../core/filter/filter.ts';

export const filterTestResponse = z
  .object({
    matches: z
      .boolean()
      .nullable()
      .meta({
        description: 'Whether the event would go over the connection; `null`: the filter can not be evaluated for it.',
        examples: [true],
      }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why it can not be evaluated.', examples: [null] }),
  })
  .meta({ id: 'FilterTestResult' });

export function toFilterTestResponse(verdict: FilterVerdict): z.input<typeof filterTestResponse> {
  if (verdict.kind === 'failed') return { matches: null, error: verdict.message };
  return { matches: verdict.kind === 'matches', error: null };
}
