import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { S3 } from '../s3/s3.ts';
import { api, region, target } from './deployment.fixture.ts';
import { deploy } from './deployment.ts';
import { fakeFactories } from './factories.fixture.ts';
import { parseTemplate } from './template.ts';

let folder: string;
let clock: ManualClock;
let s3: S3;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-site-'));
  mkdirSync(join(folder, 'assets', 'deep'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<div id="app"></div>');
  writeFileSync(join(folder, 'icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'assets', 'index-1.js'), 'export {}');
  writeFileSync(join(folder, 'assets', 'deep', 'unknown.xyz'), 'x');
  clock = new ManualClock();
  s3 = new S3({ database: new Database(':memory:'), clock, region });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A start of the stack with such deployments of the folder. @returns the bucket's files, by key */
async function start(...deployments: Record<string, unknown>[]) {
  const custom = deployments.map((properties, at) => [
    `Files${at}`,
    {
      Type: 'Custom::CDKBucketDeployment',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['Copier', 'Arn'] },
        SourceBucketNames: ['assets'],
        SourceObjectKeys: ['site.zip'],
        DestinationBucketName: 'site-bucket',
        ...properties,
      },
    },
  ]);
  const template = parseTemplate({
    Resources: {
      ...api,
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'site-bucket' } },
      Layer: { Type: 'AWS::Lambda::LayerVersion' },
      Copier: { Type: 'AWS::Lambda::Function', Properties: { Runtime: 'python3.13', Layers: [{ Ref: 'Layer' }] } },
      ...Object.fromEntries(custom),
    },
  });
  const assembly = { stackName: 'Hawser', template, assetPaths: new Map([['site.zip', folder]]) };
  const { factories, calls } = fakeFactories();
  await deploy(assembly, target, { ...factories, s3 });
  expect(calls.ensureFunction).toEqual([]);
  return Object.fromEntries(s3.list('site-bucket').map((head) => [head.key, head]));
}

describe('a bucket deployment', () => {
  it('the files of the asset are copied with their content types, without running a function', async () => {
    const files = await start({});
    expect(Object.entries(files).map(([key, { headers }]) => [key, headers])).toEqual([
      ['assets/deep/unknown.xyz', {}],
      ['assets/index-1.js', { 'content-type': 'text/javascript' }],
      ['icon.svg', { 'content-type': 'image/svg+xml' }],
      ['index.html', { 'content-type': 'text/html' }],
    ]);
    expect(Buffer.from(s3.read('site-bucket', 'icon.svg')?.bytes ?? []).toString()).toBe('<svg/>');
  });

  it('each of several deployments copies what its filters leave, with its own headers', async () => {
    const files = await start(
      { Exclude: ['*'], Include: ['assets/*'], SystemMetadata: { 'cache-control': 'immutable' } },
      { Exclude: ['assets/*'], SystemMetadata: { 'cache-control': 'no-cache' } },
    );
    const cached = Object.entries(files).map(([key, { headers }]) => [key, headers['cache-control']]);
    expect(cached).toEqual([
      ['assets/deep/unknown.xyz', 'immutable'],
      ['assets/index-1.js', 'immutable'],
      ['icon.svg', 'no-cache'],
      ['index.html', 'no-cache'],
    ]);
  });

  it('a later start writes only what has changed', async () => {
    await start({});
    await clock.advance(1_000);
    writeFileSync(join(folder, 'index.html'), 'new');
    const files = await start({});
    expect(files['index.html']?.modifiedMs).toBe(clock.nowMs());
    expect(files['icon.svg']?.modifiedMs).toBe(clock.nowMs() - 1_000);
    expect(Object.values(await start({ SystemMetadata: { 'cache-control': 'no-cache' } }))[0]?.headers).toEqual({
      'cache-control': 'no-cache',
    });
  });

  it('files that are gone from the asset are removed within the filters, unless Prune is false', async () => {
    await start({});
    rmSync(join(folder, 'assets'), { recursive: true });
    rmSync(join(folder, 'icon.svg'));
    expect(Object.keys(await start({ Prune: false }))).toHaveLength(4);
    expect(Object.keys(await start({ Exclude: ['assets/*'] }))).toEqual([
      'assets/deep/unknown.xyz',
      'assets/index-1.js',
      'index.html',
    ]);
    expect(Object.keys(await start({}))).toEqual(['index.html']);
  });

  it.each([
    [{ DestinationBucketKeyPrefix: 'x/' }, 'DestinationBucketKeyPrefix is not supported'],
    [{ SystemMetadata: { 'content-language': 'en' } }, 'content-language is not supported'],
    [{ SourceMarkers: [{ a: 'b' }] }, 'SourceMarkers is not supported'],
    [{ SourceObjectKeys: ['other.zip'] }, 'the assembly has no asset other.zip'],
  ])('a property that is not simulated stops the start: %j', async (properties, message) => {
    await expect(start(properties)).rejects.toThrow(message);
  });
});
