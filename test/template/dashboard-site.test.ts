import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { DockerImage } from 'aws-cdk-lib';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { DashboardBuildError, pageFunction, viteBuild } from '../../lib/dashboard-build.ts';
import { allStatements } from './policies.ts';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const distribution = template.one('AWS::CloudFront::Distribution');
const bucket = template.one('AWS::S3::Bucket', 'Dashboard');

const behaviorSchema = z.looseObject({ TargetOriginId: z.string() });
const configSchema = z.looseObject({
  DefaultCacheBehavior: behaviorSchema,
  CacheBehaviors: z.array(behaviorSchema.extend({ PathPattern: z.string() })),
  Origins: z.array(z.looseObject({ Id: z.string(), DomainName: z.unknown() })),
});

function configOf({ properties }: typeof distribution) {
  return configSchema.parse(properties.DistributionConfig);
}

const config = configOf(distribution);

function originOf({ TargetOriginId }: z.infer<typeof behaviorSchema>) {
  return config.Origins.find(({ Id }) => Id === TargetOriginId);
}

describe('the distribution', () => {
  test('the distribution serves the files of a bucket that it alone may read, with signed requests', () => {
    const origin = originOf(config.DefaultCacheBehavior);
    expect(template.target(origin?.DomainName)).toBe(bucket);
    const { properties } = template.target(origin?.OriginAccessControlId);
    expect(properties.OriginAccessControlConfig).toMatchObject({ SigningBehavior: 'always', SigningProtocol: 'sigv4' });
    const allowed = allStatements(template).filter(
      ({ owner, Effect }) => owner.id.startsWith('DashboardBucketPolicy') && Effect === 'Allow',
    );
    expect(allowed.flatMap(({ Action }) => Action).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
    for (const { Principal, Condition } of allowed) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' });
      expect(JSON.stringify(Condition.StringEquals)).toContain(distribution.id);
    }
  });

  test('the bucket of the files is private', () => {
    expect(
      Object.values(z.record(z.string(), z.boolean()).parse(bucket.properties.PublicAccessBlockConfiguration)),
    ).toEqual([true, true, true, true]);
    expect(bucket.properties).not.toHaveProperty('WebsiteConfiguration');
  });

  test('/v1 and /in go to the stage of the API with every method, header, cookie and parameter, uncached and uncompressed', () => {
    expect(config.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(['/v1', '/v1/*', '/in', '/in/*']);
    for (const behavior of config.CacheBehaviors) {
      expect(behavior).toMatchObject({
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        // Managed-CachingDisabled and Managed-AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
      });
      for (const changing of ['FunctionAssociations', 'ResponseHeadersPolicyId']) {
        expect(behavior).not.toHaveProperty(changing);
      }
      const origin = originOf(behavior);
      expect(template.target(origin?.DomainName).type).toBe('AWS::ApiGateway::RestApi');
      expect(origin).toMatchObject({
        OriginPath: `/${template.one('AWS::ApiGateway::Stage').properties.StageName}`,
        CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      });
    }
  });

  test('the distribution waits for the API longer than API Gateway does', () => {
    expect(originOf(config.CacheBehaviors[0] ?? config.DefaultCacheBehavior)?.CustomOriginConfig).toMatchObject({
      OriginReadTimeout: 30,
    });
  });

  test('no error is cached, which CloudFront would serve to everybody for 10 s, and none is replaced', () => {
    expect(config.CustomErrorResponses).toEqual(
      [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
    );
  });

  test('the distribution speaks HTTP/2 and 3, compresses files, redirects to https, and has the lowest price class', () => {
    expect(config).toMatchObject({ HttpVersion: 'http2and3', PriceClass: 'PriceClass_100' });
    expect(config.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ['GET', 'HEAD'],
      Compress: true,
      ViewerProtocolPolicy: 'redirect-to-https',
    });
  });

  test("a certificate is used for the public URL's host, with TLS 1.2 at least", () => {
    expect(config).not.toHaveProperty('Aliases');
    const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c';
    const named = new SynthesizedTemplate({
      'hawser:publicUrl': 'https://hawser.example.com',
      'hawser:certificateArn': certificate,
    });
    expect(configOf(named.one('AWS::CloudFront::Distribution'))).toMatchObject({
      Aliases: ['hawser.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificate, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
  });

  test('names in CloudFront are unique to the stack and region', () => {
    const text = JSON.stringify([
      template.one('AWS::CloudFront::Function').properties.Name,
      template.one('AWS::CloudFront::OriginAccessControl').properties,
      template.one('AWS::CloudFront::ResponseHeadersPolicy').properties,
    ]);
    expect(text.match(/"AWS::StackId"/g)).toHaveLength(3);
  });
});

describe('the headers of the dashboard', () => {
  const policy = template.target(config.DefaultCacheBehavior.ResponseHeadersPolicyId);
  const headers = z
    .object({
      SecurityHeadersConfig: z.record(z.string(), z.looseObject({ Override: z.literal(true) })),
      CustomHeadersConfig: z.object({ Items: z.array(z.looseObject({ Header: z.string(), Value: z.string() })) }),
    })
    .parse(policy.properties.ResponseHeadersPolicyConfig);

  test('the headers let a page load from its own origin, and run nothing inline', () => {
    const { ContentSecurityPolicy } = z
      .object({ ContentSecurityPolicy: z.string() })
      .parse(headers.SecurityHeadersConfig.ContentSecurityPolicy);
    const directives = new Map(
      ContentSecurityPolicy.split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')] as const;
      }),
    );
    expect(ContentSecurityPolicy).not.toMatch(/unsafe|\*|data:|https?:/);
    for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) {
      expect(directives.get(name), name).toBe("'none'");
    }
    for (const name of ['script-src', 'style-src', 'connect-src', 'img-src', 'font-src']) {
      expect(directives.get(name), name).toBe("'self'");
    }
  });

  test('the headers keep the page out of frames, other windows, referrers and plain http', () => {
    expect(headers.SecurityHeadersConfig).toMatchObject({
      FrameOptions: { FrameOption: 'DENY' },
      ContentTypeOptions: {},
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
    });
    expect(headers.CustomHeadersConfig.Items).toMatchObject([
      { Header: 'Cross-Origin-Opener-Policy', Value: 'same-origin' },
      { Header: 'Cross-Origin-Resource-Policy', Value: 'same-origin' },
    ]);
  });
});

describe('the files', () => {
  const [hashed, pages] = template.ofType('Custom::CDKBucketDeployment').map(({ properties }) => properties);

  test('files with a hash in their name are cached for a year, and not deleted while pages are open', () => {
    expect(hashed).toMatchObject({
      Include: ['assets/*'],
      Exclude: ['*'],
      Prune: false,
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
    });
  });

  test('files without a hash are revalidated each time', () => {
    expect(pages).toMatchObject({ Exclude: ['assets/*'], SystemMetadata: { 'cache-control': 'no-cache' } });
    expect(pages).not.toHaveProperty('Include');
  });
});

test('files in folders are served like those beside the page, and the name of a folder shows the page', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hawser-public-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'icons/large'), { recursive: true });
  writeFileSync(join(dir, 'icon.svg'), '');
  writeFileSync(join(dir, 'icons/large/icon.png'), '');
  const uriOf = (uri: string): string =>
    runInNewContext(`${pageFunction(dir)} handler({ request: { uri } }).uri`, { uri });
  expect(['/icon.svg', '/icons/large/icon.png', '/icons', '/icon.png', '/assets/a.js'].map(uriOf)).toEqual([
    '/icon.svg',
    '/icons/large/icon.png',
    '/index.html',
    '/index.html',
    '/assets/a.js',
  ]);
});

describe('the build', () => {
  test('a failing build stops the synthesis with the message of Vite', () => {
    const sourceDir = mkdtempSync(join(tmpdir(), 'hawser-dashboard-'));
    onTestFinished(() => rmSync(sourceDir, { recursive: true }));
    writeFileSync(join(sourceDir, 'index.html'), '<script type="module" src="/main.ts"></script>');
    writeFileSync(join(sourceDir, 'main.ts'), 'import "./not-there.ts";');
    const build = () =>
      viteBuild(sourceDir).tryBundle(join(sourceDir, 'out'), {
        image: DockerImage.fromRegistry('none'),
      });
    expect(build).toThrow(DashboardBuildError);
    expect(build).toThrow(/the dashboard can't be built \(npx vite build dashboard\):.*not-there\.ts/s);
  });
});

test('a stack without a dashboard has none of its resources', () => {
  const without = new SynthesizedTemplate({ 'hawser:dashboard': false });
  const kinds = without.resources.map(({ type }) => type);
  expect(kinds.filter((type) => /CloudFront|Custom::|LayerVersion/.test(type))).toEqual([]);
  expect(without.resources.filter(({ id }) => id.startsWith('Dashboard'))).toEqual([]);
  expect(Object.keys(without.outputs)).not.toContain('DashboardUrl');
});
