import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { WireResponse } from '../wire/wire.ts';
import { checkedBody } from './checksums.ts';
import type { S3Context } from './context.ts';
import { noSuchBucket } from './errors.ts';
import { BUCKET_NAME } from './limits.ts';
import { refuseUnsupported, type S3Request } from './request.ts';
import { readXml, writeXml } from './xml.ts';

/** @throws AwsError InvalidBucketName */
export function validateBucketName(name: string): void {
  if (!BUCKET_NAME.test(name)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'CreateBucket', {});
  const { bucket } = request;
  validateBucketName(bucket);
  checkLocation(context.region, checkedBody(request).bytes);
  // Only us-east-1 lets an owner create a bucket again.
  if (context.store.hasBucket(bucket) && context.region !== 'us-east-1') {
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
      { BucketName: bucket },
    );
  }
  context.store.ensureBucket(bucket, context.clock.nowMs());
  return { status: 200, headers: { location: `/${bucket}` }, body: '' };
}

function checkLocation(region: string, body: Uint8Array): void {
  if (body.byteLength === 0) return;
  for (const { name, text } of readXml(Buffer.from(body).toString('utf8')).children) {
    if (name !== 'LocationConstraint') throw notImplemented('s3', `the parameter ${name} of CreateBucket`);
    if (text !== region) {
      throw new AwsError(
        'IllegalLocationConstraintException',
        `The ${text} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      );
    }
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function headBucket(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'HeadBucket', {});
  if (!context.store.hasBucket(request.bucket)) throw noSuchBucket(request.bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': context.region }, body: '' };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function listBuckets(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'ListBuckets', {});
  const Bucket = context.store.buckets().map(({ name, createdMs }) => ({
    Name: name,
    CreationDate: new Date(createdMs).toISOString(),
  }));
  const body = writeXml('ListAllMyBucketsResult', { Owner: { ID: 'local' }, Buckets: { Bucket } });
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
