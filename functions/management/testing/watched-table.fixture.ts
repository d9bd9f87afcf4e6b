import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { resourceNames } from '../../../test/support/services.ts';
import { configDynamodb } from '../../shared/aws-clients.ts';
import { ConfigTable, type Row, type RowKey } from '../../stores/config/config-table.ts';

/** Counts the reads and writes of single rows that one request makes, and lets something happen before each of its writes. */
export class WatchedTable extends ConfigTable {
  readonly #beforeWrite: (writes: number) => Promise<unknown>;
  reads = 0;
  writes = 0;

  constructor(beforeWrite: (writes: number) => Promise<unknown> = async () => {}) {
    super(configDynamodb(), resourceNames.config);
    this.#beforeWrite = beforeWrite;
  }

  override get(key: RowKey): Promise<Row | undefined> {
    this.reads++;
    return super.get(key);
  }

  override async update(input: Omit<UpdateCommandInput, 'TableName'>): Promise<Row> {
    this.writes++;
    await this.#beforeWrite(this.writes);
    return super.update(input);
  }
}
