import * as z from 'zod';
import type { TestedDestination } from '../use-cases/destination-test.ts';
import { attemptResponse, toAttemptResponse } from './attempt.ts';

export const testResponse = z
  .object({
    succeeded: z.boolean().meta({ description: 'Whether a delivery would have succeeded.', examples: [false] }),
    attempt: attemptResponse,
  })
  .meta({ id: 'DestinationTest' });

export function toDestinationTestResponse({ succeeded, attempt }: TestedDestination): z.input<typeof testResponse> {
  return { succeeded, attempt: toAttemptResponse(attempt) };
}
