import { ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { API_KEY_PREFIX, COPY_PREFIX, configTable } from '../../functions/stores/tables.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { addIndex, durableTable, indexArn, withIndexes } from './durable-table.ts';

/** The table of sources, destinations, connections, organizations and their keys. */
export class ConfigurationStorage {
  readonly table: Table;

  constructor(scope: Construct, config: HawserConfig) {
    this.table = durableTable(scope, 'Configuration', config, configTable);
    addIndex(this.table, configTable.byOrganization, ProjectionType.ALL);
    addIndex(this.table, configTable.byDestination, ProjectionType.ALL);
  }

  /** For a function that needs a source or a destination. */
  grantLookUp(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that disables destinations that are gone. */
  grantDisableDestinations(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    this.allowUpdates(fn, 'dst_*');
  }

  /** For a function that decides under which id the copies of a webhook are stored. */
  grantNoteCopies(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    this.allowUpdates(fn, `${COPY_PREFIX}*`);
  }

  /** For a function that needs all connections of a source. */
  grantReadConnections(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** For a function that runs the steps of replays. */
  grantRunReplays(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem'], [this.table.tableArn]);
    this.allowUpdates(fn, 'rpl_*');
    // The connections of a destination.
    fn.allow(['dynamodb:Query'], [indexArn(this.table, configTable.byDestination)]);
  }

  /** For the management API. */
  grantManage(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    const { byOrganization, byDestination } = configTable;
    fn.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [this.table.tableArn],
    );
    fn.allow(['dynamodb:Query'], withIndexes(this.table, byOrganization, byDestination));
  }

  /** For a function that records when an API key was last used. */
  grantNoteKeyUse(fn: HawserFunction): void {
    this.allowUpdates(fn, `${API_KEY_PREFIX}*`);
  }

  /**
   * Allows updates in these partitions only: the table also has API keys and sessions, which nothing but the management
   * API may change. The condition also holds for a request that names no key, but an update always names one.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
   */
  private allowUpdates(fn: HawserFunction, partitions: string): void {
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partitions] },
    });
  }
}
