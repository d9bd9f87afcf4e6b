import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { configDynamodb, dynamodb } from '../../shared/aws-clients.ts';

/** Measures what the function reads: the units that DynamoDB reports with each response, and the number of calls. */
export class ReadMeter {
  units = 0;
  calls: string[] = [];

  constructor() {
    this.#attach(dynamodb());
    this.#attach(configDynamodb());
  }

  reset(): void {
    this.units = 0;
    this.calls = [];
  }

  #attach(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          if (!/^(Query|Get|BatchGet)/.test(commandName)) return next(args);
          this.calls.push(commandName);
          const result = await next({
            ...args,
            input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input,
          });
          const { ConsumedCapacity: consumed = [] } = result.output as {
            ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
          };
          for (const { CapacityUnits = 0 } of [consumed].flat()) this.units += CapacityUnits;
          return result;
        },
      { step: 'initialize', priority: 'low' },
    );
  }
}
