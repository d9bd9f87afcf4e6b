import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const index = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.strictObject({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).exactOptional(),
  }),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export const dynamoDbTable = resourceType({
  type: 'AWS::DynamoDB::Table',
  properties: z.strictObject({
    TableName: z.string().optional(),
    AttributeDefinitions: z.array(
      z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
    ),
    KeySchema: keySchema,
    GlobalSecondaryIndexes: z.array(index).optional(),
    StreamSpecification: z
      .strictObject({ StreamViewType: z.enum(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']) })
      .optional(),
    TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
    // Provisioned capacity would have to be throttled.
    BillingMode: z.literal('PAY_PER_REQUEST'),
  }),
  harmless: {
    ...tags,
    DeletionProtectionEnabled: 'nothing here deletes a table',
    PointInTimeRecoverySpecification: 'a backup of the data folder is its owner’s copy of it',
    SSESpecification: 'the data folder is as safe as the disk it lies on',
  },
  create(properties, { factories, physicalName }) {
    const name = properties.TableName ?? physicalName(255);
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification } = properties;
    const timeToLive = properties.TimeToLiveSpecification;
    const table = factories.dynamodb.ensureTable({
      TableName: name,
      AttributeDefinitions,
      KeySchema,
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
      ...(StreamSpecification && { StreamSpecification }),
      ...(timeToLive?.Enabled && { TimeToLiveAttribute: timeToLive.AttributeName }),
    });
    return {
      ref: name,
      attributes: { Arn: table.tableArn, ...(table.streamArn !== undefined && { StreamArn: table.streamArn }) },
    };
  },
});
