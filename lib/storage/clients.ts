import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { clientsTable, TICKET_PREFIX } from '../../functions/stores/tables.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { keptTable } from './kept-table.ts';

/** The table of connected clients of WebSocket destinations, and of the tickets that let them in. */
export class ClientStorage {
  readonly table: Table;

  constructor(scope: Construct, config: HawserConfig) {
    this.table = keptTable(scope, 'Clients', config, clientsTable);
  }

  /** For a function that lets clients in, also by tickets, and records who is connected. */
  grantList(fn: HawserFunction): void {
    this.grantReach(fn);
    fn.allow(['dynamodb:BatchWriteItem', 'dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that sends to clients, and forgets those that have gone. */
  grantReach(fn: HawserFunction): void {
    fn.setVariable(variable.clientsTable, this.table.tableName);
    fn.allow(['dynamodb:DeleteItem', 'dynamodb:Query'], [this.table.tableArn]);
  }

  /** For a function that issues tickets. */
  grantAddTickets(fn: HawserFunction): void {
    fn.setVariable(variable.clientsTable, this.table.tableName);
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${TICKET_PREFIX}*`] },
    });
  }
}
