import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { clientsTable, TICKET_PREFIX } from '../../functions/stores/tables.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { durableTable } from './durable-table.ts';

/** The table of connected clients of WebSocket destinations, and of the tickets with which they connect. */
export class ClientStorage {
  readonly table: Table;

  constructor(scope: Construct, config: HawserConfig) {
    this.table = durableTable(scope, 'Clients', config, clientsTable);
  }

  /** For a function that admits clients, also with tickets, and records who is connected. */
  grantRegister(fn: HawserFunction): void {
    this.grantFindClients(fn);
    fn.allow(['dynamodb:BatchWriteItem', 'dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that sends to clients, and removes those that have gone. */
  grantFindClients(fn: HawserFunction): void {
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
