import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import * as z from 'zod';
import { acknowledge, logicalId } from './acknowledge.ts';
import type { HawserConfig } from './config.ts';
import { dashboardAsset, HASHED_FILES } from './dashboard-build.ts';

export interface DashboardFilesProps {
  config: HawserConfig;
  bucket: IBucket;
}

/**
 * Builds the dashboard and copies it into its bucket. The CDK's own function does the copying, under a role of ours that
 * allows nothing else.
 */
export class DashboardFiles extends Construct {
  constructor(scope: Construct, id: string, { config, bucket }: DashboardFilesProps) {
    super(scope, id);
    const asset = dashboardAsset(this, 'Build');
    const logGroup = new LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const common = {
      sources: [Source.bucket(asset.bucket, asset.s3ObjectKey)],
      destinationBucket: bucket,
      // Otherwise the CDK adds all actions on all objects of both buckets.
      role: this.role(asset, bucket, logGroup).withoutPolicyUpdates(),
      logGroup,
      outputObjectKeys: false,
    };
    const hashed = new BucketDeployment(this, 'Hashed', {
      ...common,
      exclude: ['*'],
      include: [HASHED_FILES],
      cacheControl: [CacheControl.setPublic(), CacheControl.maxAge(Duration.days(365)), CacheControl.immutable()],
      // Open pages keep loading the files of their build.
      prune: false,
    });
    // Caches revalidate the page each time, so nothing has to be invalidated.
    const pages = new BucketDeployment(this, 'Pages', {
      ...common,
      exclude: [HASHED_FILES],
      cacheControl: [CacheControl.noCache()],
    });
    // The page must not name files that are not there yet.
    pages.node.addDependency(hashed);
    this.acknowledgeRules();
  }

  private acknowledgeRules(): void {
    const handler = Stack.of(this).node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
    if (handler === undefined) throw new Error('the CDK function that copies files has another name');
    acknowledge(handler, 'L1', 'Code and runtime come with the CDK, which updates both with its versions.');
  }

  private role(asset: Asset, bucket: IBucket, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Hawser: role of the function that copies the dashboard',
    });
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    // All assets, not just this one: a permission that changes with each build may not be in effect everywhere when it is used.
    allow(['s3:GetObject'], asset.bucket.arnForObjects('*.zip'));
    acknowledge(
      role,
      `IAM5[Resource::arn:<AWS::Partition>:s3:::${this.nameInFindings(asset)}/*.zip]`,
      'The name of the built dashboard among the assets of the CDK changes with each build.',
    );
    allow(['s3:ListBucket'], bucket.bucketArn);
    allow(['s3:DeleteObject', 's3:PutObject'], bucket.arnForObjects('*'));
    acknowledge(
      role,
      `IAM5[Resource::<${logicalId(bucket)}.Arn>/*]`,
      'It puts and deletes the files of the built dashboard; the bucket holds nothing else.',
    );
    return role;
  }

  /** The bucket of assets, as it appears in findings about wildcards. */
  private nameInFindings(asset: Asset): string {
    const name = z.object({ 'Fn::Sub': z.string() }).parse(Stack.of(this).resolve(asset.s3BucketName));
    return name['Fn::Sub'].replaceAll('${', '<').replaceAll('}', '>');
  }
}
