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
import {
  API_KEY_PREFIX,
  COPY_PREFIX,
  clientsTable,
  configTable,
  deliveriesTable,
  eventsTable,
  LINE_SUFFIX,
  TICKET_PREFIX,
} from '../functions/stores/tables.ts';
import { acknowledge, logicalId } from './acknowledge.ts';
import type { HawserConfig } from './config.ts';
import type { HawserFunction } from './hawser-function.ts';

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
  readonly clients: Table;
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
    this.clients = this.table('Clients', clientsTable);
    this.payloads = this.payloadBucket();
  }

  /** For who takes webhooks in. An event is never changed, and retention alone removes it: so putting is all. */
  grantAddEvents(fn: HawserFunction): void {
    this.setEvents(fn);
    fn.allow(['dynamodb:PutItem'], [this.events.tableArn]);
    this.allowObjects(fn, 's3:PutObject');
  }

  /** For who looks whether a copy of a webhook is stored, and says under which id it will be. */
  grantKnowCopies(fn: HawserFunction): void {
    fn.allow(['dynamodb:GetItem'], [this.events.tableArn]);
    fn.setVariable(variable.configTable, this.configuration.tableName);
    // Only their rows: the table has API keys, too. The condition is met where no key is named, and an update names one.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    fn.allow(['dynamodb:UpdateItem'], [this.configuration.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${COPY_PREFIX}*`] },
    });
  }

  /** For who delivers one that its message does not carry. */
  grantLookUpEvents(fn: HawserFunction): void {
    this.grantReadBodies(fn);
    fn.allow(['dynamodb:GetItem'], [this.events.tableArn]);
  }

  /** For who shows them. */
  grantListEvents(fn: HawserFunction): void {
    this.grantLookUpEvents(fn);
    fn.allow(['dynamodb:Query'], [this.events.tableArn]);
  }

  /** For who has to know which there are. */
  grantFindEvents(fn: HawserFunction): void {
    fn.setVariable(variable.eventsTable, this.events.tableName);
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [this.events.tableArn]);
  }

  /** For who has the event already, but for its body: the reader of the stream. */
  grantReadBodies(fn: HawserFunction): void {
    this.setEvents(fn);
    this.allowObjects(fn, 's3:GetObject');
    // Without it S3 answers 403, not 404, for a body that has expired.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    fn.allow(['s3:ListBucket'], [this.payloads.bucketArn]);
  }

  /** For who makes attempts. */
  grantRecordDeliveries(fn: HawserFunction): void {
    this.setDeliveries(fn);
    fn.allow(
      [
        'dynamodb:BatchGetItem',
        'dynamodb:BatchWriteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      [this.deliveries.tableArn],
    );
    // What waits in line, and what is held, to send it.
    const { byState } = deliveriesTable;
    fn.allow(['dynamodb:Query'], withIndexes(this.deliveries, byState));
  }

  /** For who puts deliveries in line: the lines are partitions of their own, and nothing else of the table can be written. */
  grantLineUp(fn: HawserFunction): void {
    this.setDeliveries(fn);
    fn.allow(['dynamodb:BatchWriteItem'], [this.deliveries.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`dst_*${LINE_SUFFIX}`] },
    });
  }

  /** For who counts the events of sources, in partitions of theirs. */
  grantCountEvents(fn: HawserFunction): void {
    this.setDeliveries(fn);
    fn.allow(['dynamodb:UpdateItem'], [this.deliveries.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['src_*'] },
    });
  }

  /** For who replays many. */
  grantReplayDeliveries(fn: HawserFunction): void {
    this.setDeliveries(fn);
    const { byState, deadLetters } = deliveriesTable;
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [this.deliveries.tableArn]);
    fn.allow(['dynamodb:Query'], withIndexes(this.deliveries, byState, deadLetters));
  }

  /** For who shows deliveries, and replays them. */
  grantManageDeliveries(fn: HawserFunction): void {
    this.setDeliveries(fn);
    const { byState, deadLetters } = deliveriesTable;
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], [this.deliveries.tableArn]);
    fn.allow(['dynamodb:Query'], withIndexes(this.deliveries, byState, deadLetters));
  }

  /** For who needs a source or a destination. */
  grantLookUpConfiguration(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    fn.allow(['dynamodb:GetItem'], [this.configuration.tableArn]);
  }

  /** For who disables destinations that are gone. */
  grantChangeConfiguration(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    fn.allow(['dynamodb:UpdateItem'], [this.configuration.tableArn]);
  }

  /** For who needs all connections of a source. */
  grantReadConnections(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    fn.allow(['dynamodb:Query'], [this.configuration.tableArn]);
  }

  /** For who makes the steps of replays. */
  grantRunReplays(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], [this.configuration.tableArn]);
    // The connections of a destination.
    fn.allow(['dynamodb:Query'], [indexArn(this.configuration, configTable.byDestination)]);
  }

  grantManageConfiguration(fn: HawserFunction): void {
    fn.setVariable(variable.configTable, this.configuration.tableName);
    const { byOrganization, byDestination } = configTable;
    fn.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [this.configuration.tableArn],
    );
    fn.allow(['dynamodb:Query'], withIndexes(this.configuration, byOrganization, byDestination));
  }

  /** For who notes when an API key was last used. */
  grantNoteKeyUse(fn: HawserFunction): void {
    fn.allow(['dynamodb:UpdateItem'], [this.configuration.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${API_KEY_PREFIX}*`] },
    });
  }

  /** For who lets clients in, by tickets too, and notes who is there. */
  grantListClients(fn: HawserFunction): void {
    this.grantReachClients(fn);
    fn.allow(['dynamodb:BatchWriteItem', 'dynamodb:GetItem'], [this.clients.tableArn]);
  }

  /** For who takes down what clients tell of deliveries. */
  grantRecordClientAnswers(fn: HawserFunction): void {
    this.setDeliveries(fn);
    fn.allow(['dynamodb:PutItem'], [this.deliveries.tableArn]);
  }

  /** For who sends to clients, and forgets those that have gone. */
  grantReachClients(fn: HawserFunction): void {
    fn.setVariable(variable.clientsTable, this.clients.tableName);
    fn.allow(['dynamodb:DeleteItem', 'dynamodb:Query'], [this.clients.tableArn]);
  }

  /** For who makes tickets. */
  grantAddTickets(fn: HawserFunction): void {
    fn.setVariable(variable.clientsTable, this.clients.tableName);
    fn.allow(['dynamodb:PutItem'], [this.clients.tableArn], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${TICKET_PREFIX}*`] },
    });
  }

  private setEvents(fn: HawserFunction): void {
    fn.setVariable(variable.eventsTable, this.events.tableName);
    fn.setVariable(variable.payloadBucket, this.payloads.bucketName);
    fn.setVariable(variable.retentionDays, String(this.config.retentionDays));
  }

  private setDeliveries(fn: HawserFunction): void {
    fn.setVariable(variable.deliveriesTable, this.deliveries.tableName);
    fn.setVariable(variable.retentionDays, String(this.config.retentionDays));
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
  return [table.tableArn, ...indexes.map((index) => indexArn(table, index))];
}

function indexArn(table: Table, { indexName }: IndexShape): string {
  return `${table.tableArn}/index/${indexName}`;
}
