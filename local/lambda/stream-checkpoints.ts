import type { Database } from '../database.ts';

/** The progress of each lane of a shard: the last sequence number that is done, or `null` before the first. */
export type LanePositions = readonly (string | null)[];

/** The durable positions of the stream mappings. */
export class StreamCheckpoints {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS lambda_stream_checkpoints (
        function_arn TEXT NOT NULL,
        stream_arn TEXT NOT NULL,
        shard_id TEXT NOT NULL,
        positions TEXT NOT NULL,
        PRIMARY KEY (function_arn, stream_arn, shard_id)
      ) WITHOUT ROWID`);
  }

  read(functionArn: string, streamArn: string, shardId: string): LanePositions | undefined {
    const row = this.#database
      .statement(
        'SELECT positions FROM lambda_stream_checkpoints WHERE function_arn = ? AND stream_arn = ? AND shard_id = ?',
      )
      .get(functionArn, streamArn, shardId);
    return row && JSON.parse(String(row.positions));
  }

  write(functionArn: string, streamArn: string, shardId: string, positions: LanePositions): Promise<void> {
    return this.#database.write(() => {
      this.#database
        .statement('INSERT OR REPLACE INTO lambda_stream_checkpoints VALUES (?, ?, ?, ?)')
        .run(functionArn, streamArn, shardId, JSON.stringify(positions));
    });
  }
}
