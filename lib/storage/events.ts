import { Duration } from 'aws-cdk-lib';
import { StreamViewType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { variable } from '../../functions/shared/environment.ts';
import { eventsTable } from '../../functions/stores/tables.ts';
import { acknowledge, logicalId } from '../acknowledge.ts';
import type { HawserConfig } from '../config.ts';
import type { HawserFunction } from '../hawser-function.ts';
import { retainedRemovalPolicy } from '../removal.ts';
import { durableTable } from './durable-table.ts';

/** TTL deletes rows up to days late, so bodies are kept longer than rows: no row ever points at nothing. */
const bodyMarginDays = 7;

/** The events: a table with a stream, and a bucket for bodies that are too large for it. */
export class EventStorage {
  readonly table: Table;
  readonly bodies: Bucket;
  private readonly retentionDays: number;

  constructor(scope: Construct, config: HawserConfig) {
    this.retentionDays = config.retentionDays;
    this.table = durableTable(scope, 'Events', config, eventsTable, StreamViewType.NEW_IMAGE);
    this.bodies = bodyBucket(scope, config);
  }

  /** For a function that accepts webhooks. It may only put: events never change, and only retention removes them. */
  grantAdd(fn: HawserFunction): void {
    this.setVariables(fn);
    fn.allow(['dynamodb:PutItem'], [this.table.tableArn]);
    this.allowObjects(fn, 's3:PutObject');
  }

  /** For a function that only checks whether an event is stored. */
  grantCheckStored(fn: HawserFunction): void {
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that delivers events, if the message does not carry them. */
  grantLookUp(fn: HawserFunction): void {
    this.grantReadBodies(fn);
    fn.allow(['dynamodb:GetItem'], [this.table.tableArn]);
  }

  /** For a function that shows events. */
  grantList(fn: HawserFunction): void {
    this.grantLookUp(fn);
    fn.allow(['dynamodb:Query'], [this.table.tableArn]);
  }

  /** For a function that needs to know which events exist. */
  grantFind(fn: HawserFunction): void {
    fn.setVariable(variable.eventsTable, this.table.tableName);
    fn.allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [this.table.tableArn]);
  }

  /** For the function that reads the stream: it has the events, but not the large bodies. */
  grantReadBodies(fn: HawserFunction): void {
    this.setVariables(fn);
    this.allowObjects(fn, 's3:GetObject');
    // Without this permission S3 answers 403, not 404, for a body that has expired.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    fn.allow(['s3:ListBucket'], [this.bodies.bucketArn]);
  }

  private setVariables(fn: HawserFunction): void {
    fn.setVariable(variable.eventsTable, this.table.tableName);
    fn.setVariable(variable.payloadBucket, this.bodies.bucketName);
    fn.setVariable(variable.retentionDays, String(this.retentionDays));
  }

  private allowObjects(fn: HawserFunction, action: string): void {
    fn.allow([action], [this.bodies.arnForObjects('*')]);
    fn.acknowledgeWildcard(
      `<${logicalId(this.bodies)}.Arn>/*`,
      'Each body is an object under the id of its event: the bucket holds nothing else, and the ids are made at run time.',
    );
  }
}

function bodyBucket(scope: Construct, config: HawserConfig): Bucket {
  const bucket = new Bucket(scope, 'Payloads', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [
      {
        expiration: Duration.days(config.retentionDays + bodyMarginDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    // A bucket that holds objects can't be deleted: with `destroy` it must be emptied first (docs/operations.md).
    removalPolicy: retainedRemovalPolicy(config),
  });
  acknowledge(
    bucket,
    'S1',
    'Only the functions of this stack read and write the bucket, and each object belongs to an event that is logged and listed; access logs would cost more than the objects.',
  );
  return bucket;
}
