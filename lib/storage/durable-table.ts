import { RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  BillingMode,
  type ProjectionType,
  type StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { HawserConfig } from '../config.ts';

/** The shape of a table, and how long it keeps rows: `functions/stores/tables.ts` names the attributes. */
export interface TableShape {
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly timeToLive: string;
}

export interface IndexShape {
  readonly indexName: string;
  readonly partitionKey: string;
  readonly sortKey: string;
}

/**
 * A table whose rows must survive.
 * @param id in the scope; with another id, CloudFormation would create a new, empty table
 */
export function durableTable(
  scope: Construct,
  id: string,
  config: HawserConfig,
  shape: TableShape,
  stream?: StreamViewType,
): Table {
  const retain = config.removalPolicy === 'retain';
  return new Table(scope, id, {
    partitionKey: text(shape.partitionKey),
    sortKey: text(shape.sortKey),
    timeToLiveAttribute: shape.timeToLive,
    billingMode: BillingMode.PAY_PER_REQUEST,
    // The AWS-owned key encrypts at rest without a price per request. Secrets are encrypted once more, see Credentials.
    encryption: TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: retain,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(stream === undefined ? {} : { stream }),
  });
}

export function addIndex(table: Table, shape: IndexShape, projectionType: ProjectionType): void {
  table.addGlobalSecondaryIndex({
    indexName: shape.indexName,
    partitionKey: text(shape.partitionKey),
    sortKey: text(shape.sortKey),
    projectionType,
  });
}

/** The ARNs of a table and of these indexes of it: a query names one or the other. */
export function withIndexes(table: Table, ...indexes: IndexShape[]): string[] {
  return [table.tableArn, ...indexes.map((index) => indexArn(table, index))];
}

export function indexArn(table: Table, { indexName }: IndexShape): string {
  return `${table.tableArn}/index/${indexName}`;
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
