import * as z from 'zod';
import type { HeaderRule } from '../cloudfront/distribution-spec.ts';
import type { NamedOrigin } from './distribution-parts.ts';
import { arn, stableId } from './names.ts';
import { type ResourceType, resourceType, tags } from './resource-type.ts';
import { TemplateError } from './template.ts';

/** The types of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudFront.html that put a site in front of an API. */
const viewerFunction = resourceType({
  type: 'AWS::CloudFront::Function',
  properties: z.strictObject({
    AutoPublish: z.literal(true),
    FunctionCode: z.string(),
    FunctionConfig: z.strictObject({ Comment: z.string(), Runtime: z.literal('cloudfront-js-2.0') }),
  }),
  harmless: { ...tags, Name: 'for people' },
  create({ FunctionCode }, { logicalId, distributions }) {
    const functionArn = arn('cloudfront', '', `function/${logicalId}`);
    distributions.addFunction(functionArn, FunctionCode);
    return { ref: functionArn, attributes: { FunctionARN: functionArn } };
  },
});

const override = z.strictObject({ Override: z.boolean() });

const securityHeaders = z.strictObject({
  ContentSecurityPolicy: override.extend({ ContentSecurityPolicy: z.string() }).optional(),
  ContentTypeOptions: override.optional(),
  FrameOptions: override.extend({ FrameOption: z.enum(['DENY', 'SAMEORIGIN']) }).optional(),
  ReferrerPolicy: override.extend({ ReferrerPolicy: z.string() }).optional(),
  StrictTransportSecurity: override
    .extend({
      AccessControlMaxAgeSec: z.int(),
      IncludeSubdomains: z.boolean().default(false),
      Preload: z.boolean().default(false),
    })
    .optional(),
});

const customHeader = override.extend({ Header: z.string(), Value: z.string() });

const responseHeadersPolicy = resourceType({
  type: 'AWS::CloudFront::ResponseHeadersPolicy',
  properties: z.strictObject({
    ResponseHeadersPolicyConfig: z.strictObject({
      Name: z.string(),
      Comment: z.string().optional(),
      SecurityHeadersConfig: securityHeaders.default({}),
      CustomHeadersConfig: z.strictObject({ Items: z.array(customHeader) }).default({ Items: [] }),
    }),
  }),
  create({ ResponseHeadersPolicyConfig: config }, { logicalId, stackName, distributions }) {
    const id = stableId(`${stackName}/${logicalId}`, 16);
    const custom = config.CustomHeadersConfig.Items.map(({ Header, Value, Override }) => ({
      name: Header.toLowerCase(),
      value: Value,
      override: Override,
    }));
    distributions.addHeaders(id, [...securityHeaderRules(config.SecurityHeadersConfig), ...custom]);
    return { ref: id, attributes: { Id: id } };
  },
});

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html */
function securityHeaderRules(config: z.infer<typeof securityHeaders>): HeaderRule[] {
  const { ContentSecurityPolicy, ContentTypeOptions, FrameOptions, ReferrerPolicy, StrictTransportSecurity } = config;
  const rule = (name: string, value: string | undefined, given: { Override: boolean } | undefined): HeaderRule[] =>
    given === undefined || value === undefined ? [] : [{ name, value, override: given.Override }];
  const transport = StrictTransportSecurity && [
    `max-age=${StrictTransportSecurity.AccessControlMaxAgeSec}`,
    ...(StrictTransportSecurity.IncludeSubdomains ? ['includeSubDomains'] : []),
    ...(StrictTransportSecurity.Preload ? ['preload'] : []),
  ];
  return [
    ...rule('content-security-policy', ContentSecurityPolicy?.ContentSecurityPolicy, ContentSecurityPolicy),
    ...rule('x-content-type-options', 'nosniff', ContentTypeOptions),
    ...rule('x-frame-options', FrameOptions?.FrameOption, FrameOptions),
    ...rule('referrer-policy', ReferrerPolicy?.ReferrerPolicy, ReferrerPolicy),
    ...rule('strict-transport-security', transport?.join('; '), StrictTransportSecurity),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const cachePolicies = {
  optimized: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  disabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
} as const;

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const allViewerExceptHost = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

const behavior = z.strictObject({
  AllowedMethods: z.array(z.string()).default(['GET', 'HEAD']),
  CachePolicyId: z.enum(cachePolicies),
  Compress: z.boolean().default(false),
  FunctionAssociations: z
    .tuple([z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: z.string() })])
    .optional(),
  OriginRequestPolicyId: z.literal(allViewerExceptHost).optional(),
  ResponseHeadersPolicyId: z.string().optional(),
  TargetOriginId: z.string(),
  // On loopback there is no TLS to require.
  ViewerProtocolPolicy: z.string(),
});

const origin = z.strictObject({
  Id: z.string(),
  DomainName: z.string(),
  OriginPath: z.string().optional(),
  // Who may read the bucket, and with which TLS and timeouts the API is called: neither matters on one machine.
  OriginAccessControlId: z.string().optional(),
  S3OriginConfig: z.strictObject({ OriginAccessIdentity: z.literal('') }).optional(),
  CustomOriginConfig: z.looseObject({ OriginProtocolPolicy: z.literal('https-only') }).optional(),
});

const distribution = resourceType({
  type: 'AWS::CloudFront::Distribution',
  properties: z.strictObject({
    DistributionConfig: z.strictObject({
      CacheBehaviors: z.array(behavior.extend({ PathPattern: z.string() })).default([]),
      DefaultCacheBehavior: behavior,
      DefaultRootObject: z.string().optional(),
      Enabled: z.literal(true),
      Origins: z.array(origin),
      // Nothing is cached here, which is right for errors that must not be cached.
      CustomErrorResponses: z
        .array(z.strictObject({ ErrorCode: z.int(), ErrorCachingMinTTL: z.literal(0) }))
        .optional(),
      // Names, locations and protocols of the edge, which doesn't exist here.
      Aliases: z.array(z.string()).optional(),
      Comment: z.string().optional(),
      HttpVersion: z.string().optional(),
      IPV6Enabled: z.boolean().optional(),
      PriceClass: z.string().optional(),
      ViewerCertificate: z.unknown().optional(),
    }),
  }),
  harmless: tags,
  create({ DistributionConfig: config }, { logicalId, stackName, distributions }) {
    const id = stableId(`${stackName}/${logicalId}`, 14).toUpperCase();
    const domainName = `${id.toLowerCase()}.cloudfront.net`;
    const origins = new Map(config.Origins.map((declared) => [declared.Id, originOf(declared)]));
    const behaviors = [...config.CacheBehaviors, { ...config.DefaultCacheBehavior, PathPattern: '*' }];
    distributions.add({
      id,
      domainName,
      defaultRootObject: config.DefaultRootObject,
      behaviors: behaviors.map((declared) => {
        const target = origins.get(declared.TargetOriginId);
        if (target === undefined) throw new TemplateError(`${logicalId} has no origin ${declared.TargetOriginId}`);
        const { ResponseHeadersPolicyId: policyId, FunctionAssociations } = declared;
        if (target.kind === 'api') refuseChanges(logicalId, declared);
        return {
          pathPattern: declared.PathPattern,
          origin: target,
          allowedMethods: declared.AllowedMethods,
          compress: declared.Compress,
          viewerRequest: FunctionAssociations && distributions.codeOf(FunctionAssociations[0].FunctionARN),
          responseHeaders: policyId === undefined ? [] : distributions.headersOf(policyId),
        };
      }),
    });
    return { ref: id, attributes: { Id: id, DomainName: domainName } };
  },
});

function originOf({ DomainName, OriginPath = '' }: z.infer<typeof origin>): NamedOrigin {
  const bucket = DomainName.match(/^(.+)\.s3\.[a-z0-9-]+\.amazonaws\.com$/)?.[1];
  if (bucket !== undefined && OriginPath === '') return { kind: 'bucket', bucket };
  const apiId = DomainName.match(/^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com$/)?.[1];
  if (apiId !== undefined) return { kind: 'api', apiId, path: OriginPath };
  throw new TemplateError(`the local stack doesn't support the origin ${DomainName}${OriginPath}`);
}

/** The API's requests and responses pass through unchanged, so any setting that would change one is refused. */
function refuseChanges(logicalId: string, declared: z.infer<typeof behavior> & { PathPattern: string }): void {
  const isUnchanged =
    declared.CachePolicyId === cachePolicies.disabled &&
    declared.OriginRequestPolicyId === allViewerExceptHost &&
    declared.AllowedMethods.length === 7 &&
    !declared.Compress &&
    declared.FunctionAssociations === undefined &&
    declared.ResponseHeadersPolicyId === undefined;
  if (!isUnchanged) {
    throw new TemplateError(
      `${logicalId}: the local stack passes ${declared.PathPattern} on unchanged, so its behavior must change neither requests nor responses`,
    );
  }
}

export const cloudFrontTypes: readonly ResourceType[] = [viewerFunction, responseHeadersPolicy, distribution];
