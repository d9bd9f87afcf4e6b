import { apiGatewayTypes } from './api-gateway.ts';
import { apiGatewayV2Types } from './api-gateway-v2.ts';
import { cloudFrontTypes } from './cloudfront.ts';
import { bucketDeployment } from './custom-bucket-deployment.ts';
import { dynamoDbTable } from './dynamodb-table.ts';
import { eventBus, rule } from './events.ts';
import { kmsAlias, kmsKey } from './kms.ts';
import { eventSourceMapping } from './lambda-event-source-mapping.ts';
import { lambdaFunction } from './lambda-function.ts';
import type { ResourceType } from './resource-type.ts';
import { s3Bucket } from './s3-bucket.ts';
import { scheduleGroup } from './scheduler-schedule-group.ts';
import { secretsManagerSecret } from './secretsmanager-secret.ts';
import { sqsQueue } from './sqs-queue.ts';

/** The types of resources that the local stack simulates. To add one, write a file like its neighbours and add a line here. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [
    ...apiGatewayTypes,
    ...apiGatewayV2Types,
    ...cloudFrontTypes,
    bucketDeployment,
    dynamoDbTable,
    eventBus,
    eventSourceMapping,
    kmsAlias,
    kmsKey,
    lambdaFunction,
    rule,
    s3Bucket,
    scheduleGroup,
    secretsManagerSecret,
    sqsQueue,
  ].map((resourceType) => [resourceType.type, resourceType]),
);
