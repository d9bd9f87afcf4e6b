import { describe, expect, it } from 'vitest';
import { deployResources } from './deployment.fixture.ts';

const policies = {
  CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
};

const apiDomain = { 'Fn::Join': ['', [{ Ref: 'Api' }, '.execute-api.us-east-1.amazonaws.com']] };

const apiBehavior = {
  ...policies,
  AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
  PathPattern: '/v1/*',
  TargetOriginId: 'api',
  ViewerProtocolPolicy: 'https-only',
};

const site = {
  Bucket: { Type: 'AWS::S3::Bucket' },
  Pages: {
    Type: 'AWS::CloudFront::Function',
    Properties: {
      AutoPublish: true,
      FunctionCode: 'function handler(event) { return event.request; }',
      FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
      Name: 'pages',
    },
  },
  Headers: {
    Type: 'AWS::CloudFront::ResponseHeadersPolicy',
    Properties: {
      ResponseHeadersPolicyConfig: {
        Name: 'headers',
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'", Override: true },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: false },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
          StrictTransportSecurity: {
            AccessControlMaxAgeSec: 60,
            IncludeSubdomains: true,
            Preload: true,
            Override: true,
          },
        },
        CustomHeadersConfig: { Items: [{ Header: 'X-Own', Value: 'yes', Override: true }] },
      },
    },
  },
};

function distribution(config: Record<string, unknown> = {}) {
  return {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Enabled: true,
        DefaultRootObject: 'index.html',
        Origins: [
          { Id: 'site', DomainName: { 'Fn::GetAtt': ['Bucket', 'RegionalDomainName'] }, OriginAccessControlId: 'oac' },
          {
            Id: 'api',
            DomainName: apiDomain,
            OriginPath: '/live',
            CustomOriginConfig: { OriginProtocolPolicy: 'https-only' },
          },
        ],
        DefaultCacheBehavior: {
          CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
          Compress: true,
          FunctionAssociations: [
            { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': ['Pages', 'FunctionARN'] } },
          ],
          ResponseHeadersPolicyId: { Ref: 'Headers' },
          TargetOriginId: 'site',
          ViewerProtocolPolicy: 'redirect-to-https',
        },
        CacheBehaviors: [apiBehavior],
        ...config,
      },
    },
  };
}

describe('a distribution', () => {
  it('a distribution is read with its function and its headers, the default behavior last', async () => {
    const Distribution = distribution();
    const { distribution: spec, resources } = await deployResources({ ...site, Distribution });
    expect(spec).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{14}$/),
      domainName: resources.get('Distribution')?.attributes?.DomainName,
      defaultRootObject: 'index.html',
      behaviors: [
        {
          pathPattern: '/v1/*',
          origin: { kind: 'api', apiId: resources.get('Api')?.ref, path: '/live' },
          allowedMethods: apiBehavior.AllowedMethods,
          compress: false,
          viewerRequest: undefined,
          responseHeaders: [],
        },
        {
          pathPattern: '*',
          origin: { kind: 'bucket', bucket: resources.get('Bucket')?.ref },
          allowedMethods: ['GET', 'HEAD'],
          compress: true,
          viewerRequest: site.Pages.Properties.FunctionCode,
          responseHeaders: [
            { name: 'content-security-policy', value: "default-src 'none'", override: true },
            { name: 'x-content-type-options', value: 'nosniff', override: true },
            { name: 'x-frame-options', value: 'DENY', override: false },
            { name: 'referrer-policy', value: 'no-referrer', override: true },
            { name: 'strict-transport-security', value: 'max-age=60; includeSubDomains; preload', override: true },
            { name: 'x-own', value: 'yes', override: true },
          ],
        },
      ],
    });
  });

  it('a template without a distribution yields none', async () => {
    expect((await deployResources({})).distribution).toBeUndefined();
  });

  it.each([
    ['caches the API', { CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6' }],
    ['withholds headers from the API', { OriginRequestPolicyId: undefined }],
    ['keeps methods from the API', { AllowedMethods: ['GET', 'HEAD'] }],
    ['compresses responses of the API', { Compress: true }],
    ['adds headers to responses of the API', { ResponseHeadersPolicyId: { Ref: 'Headers' } }],
  ])('a behavior of the API that %s stops the start', async (_, changes) => {
    const Distribution = distribution({ CacheBehaviors: [{ ...apiBehavior, ...changes }] });
    await expect(deployResources({ ...site, Distribution })).rejects.toThrow('passes /v1/* on unchanged');
  });

  it.each([
    ['an unknown origin', { DomainName: 'example.com' }, "doesn't support the origin example.com"],
    [
      'another stage',
      { DomainName: apiDomain, OriginPath: '/other' },
      '/v1/* of the distribution must lead to the stage',
    ],
  ])('a behavior that leads to %s stops the start', async (_, origin, message) => {
    const Origins = [
      { Id: 'api', ...origin },
      { Id: 'site', DomainName: 'b.s3.us-east-1.amazonaws.com' },
    ];
    await expect(deployResources({ ...site, Distribution: distribution({ Origins }) })).rejects.toThrow(message);
  });

  it.each([
    [
      {
        CustomErrorResponses: [
          { ErrorCode: 404, ErrorCachingMinTTL: 0, ResponsePagePath: '/404.html', ResponseCode: 200 },
        ],
      },
      'DistributionConfig.CustomErrorResponses.0.ResponsePagePath is not supported',
    ],
    [{ Logging: {} }, 'DistributionConfig.Logging is not supported'],
  ])('a property that is not simulated stops the start: %j', async (config, message) => {
    await expect(deployResources({ ...site, Distribution: distribution(config) })).rejects.toThrow(message);
  });

  it('a second distribution stops the start', async () => {
    const both = { ...site, One: distribution(), Two: distribution() };
    await expect(deployResources(both)).rejects.toThrow('serves one distribution; the template has 2');
  });
});
