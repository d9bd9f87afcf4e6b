import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { configTable, deliveriesTable, eventsTable } from '../functions/stores/tables.ts';
import { acknowledge, logicalId } from './acknowledge.ts';
import type { HawserConfig } from './config.ts';
import type { HawserFunction } from './hawser-function.ts';

const readActions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const writeActions = [
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];

/** TTL deletes rows up to days late, so a body outlives its row: no row ever points at nothing. */
const bodyMarginDays = 7;

interface TableShape {
  partitionKey: string;
  sortKey: string;
  timeToLive: string;
}

interface IndexShape {
  indexName: string;
  partitionKey: string;
  sortKey: string;
}

/** Tables and bucket: everything that must survive. Each grant sets the variable and the permission in one call. */
export class Storage extends Construct {
  readonly events: Table;
  readonly deliveries: Table;
  readonly configuration: Table;
  readonly payloads: Bucket;
  private readonly config: HawserConfig;

  constructor(scope: Construct, id: string, config: HawserConfig) {
    super(scope, id);
    this.config = config;
    this.events = this.table('Events', eventsTable, StreamViewType.NEW_IMAGE);
    this.deliveries = this.table('Deliveries', deliveriesTable);
    addIndex(this.deliveries, deliveriesTable.byState, ProjectionType.KEYS_ONLY);
    addIndex(this.deliveries, deliveriesTable.deadLetters, ProjectionType.ALL);
    this.configuration = this.table('Configuration', configTable);
    addIndex(this.configuration, configTable.byOrganization, ProjectionType.ALL);
    addIndex(this.configuration, configTable.byDestination, ProjectionType.ALL);
    this.payloads = this.payloadBucket();
  }

  grantReadEvents(fn: HawserFunction): void {
    this.setEvents(fn);
    fn.allow(readActions, [this.events.tableArn]);
    this.allowObjects(fn, 's3:GetObject');
  }

  /** Adding only: an event is never changed; retention alone removes it. */
  grantAddEvents(fn: HawserFunction): void {
    this.setEvents(fn);
    fn.setVariable(variable.retentionDays, String(this.config.retentionDays));
    fn.allow(writeActions, [this.events.tableArn]);
    this.allowObjects(fn, 's3:PutObject');
  }

  grantReadDeliveries(fn: HawserFunction): void {
    fn.setVariable(variable.deliveriesTable, this.deliveries.tableName);
    const { byState, deadLetters } = deliveriesTable;
    fn.allow(readActions, withIndexes(this.deliveries, byState, deadLetters));
  }

  grantWriteDeliveries(fn: HawserFunction): void {
    fn.setVariable(variable.deliveriesTable, this.deliveries.tableName);
    fn.setVariable(variable.retentionDays, String(this.config.retentionDays));
    fn.allow(writeActions, [this.deliveries.tableArn]);
  }

  grantReadConfiguration(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    const { byOrganization, byDestination } = configTable;
    fn.allow(readActions, withIndexes(this.configuration, byOrganization, byDestination));
  }

  grantWriteConfiguration(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    fn.allow(writeActions, [this.configuration.tableArn]);
  }

  private setEvents(fn: HawserFunction): void {
    fn.setVariable(variable.eventsTable, this.events.tableName);
    fn.setVariable(variable.payloadBucket, this.payloads.bucketName);
  }

  private table(id: string, shape: TableShape, stream?: StreamViewType): Table {
    const retain = this.config.removalPolicy === 'retain';
    return new Table(this, id, {
      partitionKey: text(shape.partitionKey),
      sortKey: text(shape.sortKey),
      timeToLiveAttribute: shape.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      // The AWS-owned key: encrypted at rest without a price per request. What is secret is encrypted once more, see Credentials.
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(stream === undefined ? {} : { stream }),
    });
  }

  private payloadBucket(): Bucket {
    const bucket = new Bucket(this, 'Payloads', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [
        {
          expiration: Duration.days(this.config.retentionDays + bodyMarginDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      // A bucket that holds objects can't be deleted: with `destroy` it must be emptied first (docs/operations.md).
      removalPolicy: this.config.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(
      bucket,
      'S1',
      'Only the functions of this stack read and write the bucket, and each object belongs to an event that is logged and listed; access logs would cost more than the objects.',
    );
    return bucket;
  }

  private allowObjects(fn: HawserFunction, action: string): void {
    fn.allow([action], [this.payloads.arnForObjects('*')]);
    fn.acknowledgeWildcard(
      `<${logicalId(this.payloads)}.Arn>/*`,
      'Each body is an object under the id of its event: the bucket holds nothing else, and the ids are made at run time.',
    );
  }
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}

function addIndex(table: Table, shape: IndexShape, projectionType: ProjectionType): void {
  table.addGlobalSecondaryIndex({
    indexName: shape.indexName,
    partitionKey: text(shape.partitionKey),
    sortKey: text(shape.sortKey),
    projectionType,
  });
}

function withIndexes(table: Table, ...indexes: IndexShape[]): string[] {
  return [table.tableArn, ...indexes.map(({ indexName }) => `${table.tableArn}/index/${indexName}`)];
}
