import { ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { API_KEY_PREFIX, COPY_PREFIX, configTable } from '../../functions/stores/tables.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { addIndex, indexArn, keptTable, withIndexes } from './kept-table.ts';

/** The table of sources, destinations, connections, organizations and their keys. */
export class ConfigurationStorage {
  readonly table: Table;

  constructor(scope: Construct, config: HawserConfig) {
    this.table = keptTable(scope, 'Configuration', config, configTable);
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

  /** For a function that says under which id a webhook is stored, or the next one with its key will be. */
  grantNoteCopies(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    this.allowUpdates(fn, `${COPY_PREFIX}*`);
  }

  /** For a function that needs all connections of a source. */
  grantReadConnections(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.table.tableName);
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** For a function that makes the steps of replays. */
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

  /** For a function that notes when an API key was last used. */
  grantNoteKeyUse(fn: HawserFunction): void {
    this.allowUpdates(fn, `${API_KEY_PREFIX}*`);
  }

  /**
   * Of these partitions only: the table also has API keys and sessions, which nothing but the management API may change. The
   * condition is met as well where a request names no key, and an update always names one.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
   */
  private allowUpdates(fn: HawserFunction, partitions: string): void {
    fn.allow(['dynamodb:UpdateItem'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partitions] },
    });
  }
}
