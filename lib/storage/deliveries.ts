import { ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { deliveriesTable, LINE_SUFFIX } from '../../functions/stores/tables.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { addIndex, durableTable, withIndexes } from './durable-table.ts';

/** The table of deliveries, their lines, and the figures of destinations and sources. */
export class DeliveryStorage {
  readonly table: Table;
  private readonly retentionDays: number;

  constructor(scope: Construct, config: HawserConfig) {
    this.retentionDays = config.retentionDays;
    this.table = durableTable(scope, 'Deliveries', config, deliveriesTable);
    addIndex(this.table, deliveriesTable.byState, ProjectionType.KEYS_ONLY);
    addIndex(this.table, deliveriesTable.deadLetters, ProjectionType.ALL);
  }

  /** For a function that makes attempts. */
  grantRecord(fn: HawserFunction): void {
    this.setVariables(fn);
    fn.allow(
      [
        'dynamodb:BatchGetItem',
        'dynamodb:BatchWriteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      [this.table.tableArn],
    );
    // To find and send deliveries that wait in line or are held.
    const { byState } = deliveriesTable;
    fn.allow(['dynamodb:Query'], withIndexes(this.table, byState));
  }

  /**
   * For a function that puts deliveries in line. The lines are partitions of their own, and it can write nothing else
   * in the table.
   */
  grantLineUp(fn: HawserFunction): void {
    this.setVariables(fn);
    fn.allow(['dynamodb:BatchWriteItem'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`dst_*${LINE_SUFFIX}`] },
    });
  }

  /** For a function that counts the events of sources, which are partitions of their own. */
  grantCountEvents(fn: HawserFunction): void {
    this.setVariables(fn);
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['src_*'] },
    });
  }

  /** For a function that replays many deliveries. */
  grantReplay(fn: HawserFunction): void {
    this.setVariables(fn);
    const { byState, deadLetters } = deliveriesTable;
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [this.table.tableArn]);
    fn.allow(['dynamodb:Query'], withIndexes(this.table, byState, deadLetters));
  }

  /** For a function that shows deliveries, and replays them. */
  grantManage(fn: HawserFunction): void {
    this.grantReplay(fn);
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that records the answers that clients report. */
  grantRecordClientAnswers(fn: HawserFunction): void {
    this.setVariables(fn);
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn]);
  }

  private setVariables(fn: HawserFunction): void {
    fn.setVariable(variable.deliveriesTable, this.table.tableName);
    fn.setVariable(variable.retentionDays, String(this.retentionDays));
  }
}
