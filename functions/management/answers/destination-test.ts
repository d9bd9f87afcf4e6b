import * as z from 'zod';
import type { TestedDestination } from '../destination-test.ts';
import { attemptAnswer, showAttempt } from './attempt.ts';

export const testAnswer = z
  .object({
    succeeded: z.boolean().meta({ description: 'Whether a delivery would have succeeded.', examples: [false] }),
    attempt: attemptAnswer,
  })
  .meta({ id: 'DestinationTest' });

export function showTest({ succeeded, attempt }: TestedDestination): z.input<typeof testAnswer> {
  return { succeeded, attempt: showAttempt(attempt) };
}
