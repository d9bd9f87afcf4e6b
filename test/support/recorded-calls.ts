import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A call of DynamoDB and what AWS would bill for it. */
export interface Call {
  readonly command: string;
  readonly units: number;
}

/** Records a client's calls as they are made. */
export function recordCalls(client: DynamoDBClient): Call[] {
  const recorded: Call[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const call = { command: context.commandName ?? '', units: 0 };
      recorded.push(call);
      const answer = await next(args);
      const { ConsumedCapacity = [] } = answer.output as { ConsumedCapacity?: Capacity | Capacity[] };
      call.units = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      return answer;
    },
    { step: 'initialize' },
  );
  return recorded;
}
type Capacity = { CapacityUnits?: number };
