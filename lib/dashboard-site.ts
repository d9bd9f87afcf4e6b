import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { HawserConfig } from './config.ts';
import { pageFunction } from './dashboard-build.ts';
import { DashboardFiles } from './dashboard-files.ts';
import { DashboardHeaders } from './dashboard-headers.ts';
import type { Gateway } from './gateway.ts';

export interface DashboardSiteProps {
  config: HawserConfig;
  gateway: Gateway;
}

/**
 * By default CloudFront caches these errors for 10 seconds, whatever the cache policy and most headers say, and serves
 * them to everyone who requests the same path, with any key or query: an error of one organization would be served to
 * all.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 */
const UNCACHED_ERRORS = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504];

/**
 * The dashboard: its files in a bucket, and a distribution that serves them and the API under one host, so that the
 * page's requests and its cookie have the same origin. It has no alarm: CloudFront's metrics exist only in us-east-1,
 * and failures behind it are those of the API, which has one.
 */
export class DashboardSite extends Construct {
  readonly distribution: Distribution;
  /** Without a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, gateway }: DashboardSiteProps) {
    super(scope, id);
    const bucket = this.bucket(config);
    const api = apiBehavior(gateway);
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `${config.stackName}: dashboard and API`,
      defaultRootObject: 'index.html',
      defaultBehavior: this.pages(bucket),
      // `/v1/*` does not match `/v1`, and an incomplete path should get an error of the API, not a page.
      additionalBehaviors: { '/v1': api, '/v1/*': api, '/in': api, '/in/*': api },
      httpVersion: HttpVersion.HTTP2_AND_3,
      // North America and Europe only: few people use the page, and browsers cache its files. https://aws.amazon.com/cloudfront/pricing/
      priceClass: PriceClass.PRICE_CLASS_100,
      errorResponses: UNCACHED_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...this.domainOf(config),
    });
    this.url = `https://${this.distribution.domainName}`;
    this.grantNotFoundResponses(bucket);
    new DashboardFiles(this, 'Files', { config, bucket });
    this.acknowledgeRules(config);
  }

  private bucket(config: HawserConfig): IBucket {
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // A bucket that holds objects can't be deleted: with `destroy` it must be emptied first (docs/operations.md).
      removalPolicy: config.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(
      bucket,
      'S1',
      'It holds the built dashboard, the same for everyone, which only the distribution reads.',
    );
    // In the CDK's typings, a member that may be undefined differs from one that may be missing.
    return bucket as IBucket;
  }

  private pages(bucket: IBucket): BehaviorOptions {
    return {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessControl: new S3OriginAccessControl(this, 'Access', {
          originAccessControlName: this.globalName('site'),
        }),
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      responseHeadersPolicy: new DashboardHeaders(this, 'Headers', this.globalName('headers')),
      functionAssociations: [
        {
          eventType: FunctionEventType.VIEWER_REQUEST,
          function: new EdgeFunction(this, 'PageFunction', {
            functionName: this.globalName('pages'),
            comment: 'Hawser: paths of the dashboard are its one page',
            code: FunctionCode.fromInline(pageFunction()),
            runtime: FunctionRuntime.JS_2_0,
          }),
        },
      ],
    };
  }

  /**
   * Names in CloudFront are unique per account. The stack id keeps them apart from those of another Hawser or region.
   */
  private globalName(name: string): string {
    return `hawser-${name}-${Fn.select(2, Fn.split('/', Stack.of(this).stackId))}`;
  }

  /**
   * The host of the public URL if there is a certificate for it; otherwise CloudFront's own name, to which another host may
   * point.
   */
  private domainOf({ publicUrl, certificateArn }: HawserConfig) {
    if (publicUrl === undefined || certificateArn === undefined) return {};
    return {
      domainNames: [new URL(publicUrl).hostname],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  /**
   * Without this permission S3 answers 403, not 404, for a missing file. It lets nobody list files: `/` is a file, and no
   * query reaches the bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  private grantNotFoundResponses(bucket: IBucket): void {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
        conditions: { StringEquals: { 'AWS:SourceArn': this.distribution.distributionArn } },
      }),
    );
  }

  private acknowledgeRules({ certificateArn }: HawserConfig): void {
    const { distribution } = this;
    acknowledge(distribution, 'CFR1', 'Operators of Hawser may be anywhere; keys decide who gets access.');
    acknowledge(
      distribution,
      'CFR2',
      'A web ACL costs more than the whole stack at rest; the API behind it throttles, and a user may attach one.',
    );
    acknowledge(
      distribution,
      'CFR3',
      'The files are the same for everyone, and the API logs its own requests; a bucket of access logs would cost more than everything else here.',
    );
    if (certificateArn === undefined) {
      acknowledge(
        distribution,
        'CFR4',
        'The domain name of CloudFront accepts no TLS policy; hawser:certificateArn sets TLS 1.2 for a custom domain name.',
      );
    }
  }
}

/**
 * Passes everything through unchanged: nothing is cached or compressed, and all query parameters, cookies and headers
 * are forwarded, except Host, by which API Gateway recognizes the API.
 */
function apiBehavior({ host, stageName }: Gateway): BehaviorOptions {
  return {
    // The API without its stage: the stage depends on the functions, and they need the distribution's name.
    origin: new HttpOrigin(host, { originPath: `/${stageName}`, readTimeout: Duration.seconds(30) }),
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    compress: false,
  };
}
