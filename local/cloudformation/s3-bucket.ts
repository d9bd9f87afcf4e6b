import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
export const s3Bucket = resourceType({
  type: 'AWS::S3::Bucket',
  properties: z.strictObject({ BucketName: z.string().optional() }),
  harmless: {
    ...tags,
    BucketEncryption: 'the data folder is as safe as the disk it lies on',
    LifecycleConfiguration: 'see docs/local-engine.md: bodies are kept as long as the data folder',
    OwnershipControls: 'there is one account',
    PublicAccessBlockConfiguration: 'the endpoint listens on loopback only and checks no access',
  },
  create({ BucketName }, { factories, physicalName, region }) {
    const name = BucketName ?? physicalName(63).toLowerCase();
    const { arn } = factories.s3.ensureBucket({ name });
    return {
      ref: name,
      attributes: {
        Arn: arn,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      },
    };
  },
});
