import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html */
export const kmsKey = resourceType({
  type: 'AWS::KMS::Key',
  properties: z.strictObject({
    KeySpec: z.literal('SYMMETRIC_DEFAULT').optional(),
    KeyUsage: z.literal('ENCRYPT_DECRYPT').optional(),
    Enabled: z.literal(true).optional(),
  }),
  harmless: {
    ...tags,
    Description: 'for people',
    EnableKeyRotation: 'AWS rotates once a year and keeps every old version: callers notice nothing',
    RotationPeriodInDays: 'see EnableKeyRotation',
    KeyPolicy: 'the local endpoint checks no permissions',
    PendingWindowInDays: 'nothing here deletes a key',
  },
  create(_, { factories, stackName, logicalId }) {
    const { keyId, arn } = factories.kms.ensureKey({ logicalName: `${stackName}/${logicalId}` });
    return { ref: keyId, attributes: { Arn: arn, KeyId: keyId } };
  },
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html */
export const kmsAlias = resourceType({
  type: 'AWS::KMS::Alias',
  properties: z.strictObject({ AliasName: z.string(), TargetKeyId: z.string() }),
  create({ AliasName, TargetKeyId }, { factories }) {
    factories.kms.ensureAlias({ aliasName: AliasName, keyId: TargetKeyId });
    return { ref: AliasName };
  },
});
