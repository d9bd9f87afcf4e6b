import * as z from 'zod';
import type { LineDepth } from '../../stores/deliveries/line-reader.ts';
import { timestamp, toTimestamp } from './times.ts';

export const waitingResponse = z
  .object({
    count: z.int().meta({
      description:
        'Deliveries in the line, each once, including those under way and those that keep their place while they are retried.',
      examples: [49],
    }),
    has_more: z
      .boolean()
      .meta({ description: 'Whether there are more: `count` is as many as one read finds.', examples: [false] }),
    oldest_at: timestamp.nullable().meta({ description: 'Since when the oldest waits; `null` if none does.' }),
  })
  .meta({ id: 'WaitingInLine' });

export function toWaitingResponse({ count, hasMore, oldestAtMs }: LineDepth): z.input<typeof waitingResponse> {
  return { count, has_more: hasMore, oldest_at: toTimestamp(oldestAtMs) };
}
