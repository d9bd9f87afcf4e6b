import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Loses the answer to the first call whose body matches `said`, after the call was carried out. The SDK then makes it again.
 * @returns a function that tells how many answers were lost so far
 */
export function loseResponse({ middlewareStack }: DynamoDBClient, said: RegExp): () => number {
  let lost = 0;
  middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { body } = args.request as { body: Uint8Array };
      if (lost > 0 || !said.test(new TextDecoder().decode(body))) return answer;
      lost++;
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return () => lost;
}
