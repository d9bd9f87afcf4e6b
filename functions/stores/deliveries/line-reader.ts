import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type DeliveryId, type DestinationId, timeMsOf } from '../../../core/ids.ts';
import { deliveriesTable } from '../tables.ts';
import { text } from './delivery-row.ts';
import { decodeDeliveryIds } from './line-entry-codec.ts';
import { inLineOrder, positionMs } from './line-keys.ts';

/** How much waits in a line, as far as one query reads. */
export interface LineDepth {
  /** Number of deliveries. */
  readonly count: number;
  /** Whether there are rows behind those that were counted. */
  readonly hasMore: boolean;
  /** Since when the longest-waiting delivery waits; `undefined` if none does. */
  readonly oldestAtMs: number | undefined;
}

const { sortKey: sk } = deliveriesTable;

/** Reads how long lines are. Eventually consistent, at half the price, as lines change all the time. */
export class LineReader {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { dynamodb: DynamoDBClient; table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  /**
   * One query, which reads at most 1 MB for 128 read units: about 3,000 rows of one delivery each, or 80,000 deliveries
   * that came a hundred at a time.
   */
  async depth(destinationId: DestinationId): Promise<LineDepth> {
    const { Items = [], LastEvaluatedKey } = await this.#dynamodb.send(
      new QueryCommand({ TableName: this.#table, ...inLineOrder(destinationId) }),
    );
    const deliveries = new Set<DeliveryId>();
    let oldestAtMs: number | undefined;
    for (const row of Items) {
      const placedAtMs = positionMs(text(row, sk));
      for (const id of decodeDeliveryIds(row.waiting?.B)) {
        deliveries.add(id);
        oldestAtMs = Math.min(oldestAtMs ?? Number.POSITIVE_INFINITY, waitsSinceMs(id, placedAtMs));
      }
    }
    return { count: deliveries.size, hasMore: LastEvaluatedKey !== undefined, oldestAtMs };
  }
}

/**
 * The position of a row is that of its first entry, which may be done already. A delivery that is sent again was placed long after
 * its event came.
 */
function waitsSinceMs(id: DeliveryId, placedAtMs: number): number {
  return Math.max(placedAtMs, timeMsOf(id));
}
