import * as z from 'zod';
import type { Destination } from '../../core/destination.ts';
import { isPaced } from '../../core/pace.ts';
import { showTime, timestamp } from './answers/times.ts';
import type { Services } from './services.ts';

export const waitingAnswer = z
  .object({
    count: z.int().meta({
      description:
        'Deliveries in the line, each once: also those under way, and those that keep their place while they are retried.',
      examples: [49],
    }),
    has_more: z
      .boolean()
      .meta({ description: 'There are more: `count` is as many as one read finds.', examples: [false] }),
    oldest_at: timestamp.nullable().meta({ description: 'Since when the oldest waits; `null` where none does.' }),
  })
  .meta({ id: 'WaitingInLine' });

/** What waits in the line of a destination. One without a pace has none, and nothing is read. */
export async function waitingFor(
  { lineReader }: Pick<Services, 'lineReader'>,
  { id, pace }: Pick<Destination, 'id' | 'pace'>,
): Promise<z.input<typeof waitingAnswer> | null> {
  if (!isPaced(pace)) return null;
  const { count, hasMore, oldestAtMs } = await lineReader.depth(id);
  return { count, has_more: hasMore, oldest_at: showTime(oldestAtMs) };
}
