import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import type { NewObject } from '../s3/s3.ts';
import { resourceType } from './resource-type.ts';

/**
 * Copies an asset's files into a bucket, as the CDK's function does with `aws s3 sync`.
 * https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html
 */
export const bucketDeployment = resourceType({
  type: 'Custom::CDKBucketDeployment',
  properties: z.strictObject({
    SourceObjectKeys: z.tuple([z.string()]),
    DestinationBucketName: z.string(),
    Exclude: z.array(z.string()).default([]),
    Include: z.array(z.string()).default([]),
    Prune: z.boolean().default(true),
    SystemMetadata: z.strictObject({ 'cache-control': z.string().optional() }).default({}),
  }),
  harmless: {
    OutputObjectKeys: 'provides an attribute that nothing reads',
    RetainOnDelete: 'nothing is ever deleted here but the data folder',
    ServiceToken: 'the function that does on AWS what is done here',
    SourceBucketNames: 'assets lie in the assembly',
    WaitForDistributionInvalidation: 'nothing is cached here',
  },
  async create(properties, { logicalId, factories: { s3 }, assetPath }) {
    const { SourceObjectKeys, DestinationBucketName: bucket, Prune, SystemMetadata } = properties;
    const isSelected = keyFilter(properties.Exclude, properties.Include);
    const wanted = filesIn(assetPath(SourceObjectKeys[0]), isSelected, SystemMetadata);
    const existing = new Map(s3.list(bucket).map((head) => [head.key, head]));
    const changed = wanted.filter(({ key, bytes, headers }) => {
      const head = existing.get(key);
      return head?.md5 !== md5(bytes) || JSON.stringify(head.headers) !== JSON.stringify(headers);
    });
    const keys = new Set(wanted.map(({ key }) => key));
    const surplus = Prune ? [...existing.keys()].filter((key) => isSelected(key) && !keys.has(key)) : [];
    if (changed.length > 0 || surplus.length > 0) await s3.change(bucket, changed, surplus);
    return { ref: logicalId };
  },
});

/** The type that the AWS CLI sends for a file of this name. It sends none for others. */
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.ico': 'image/vnd.microsoft.icon',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * If several filters match a file, the last one decides. The function puts those that include last, so here they decide.
 * https://docs.aws.amazon.com/cli/latest/reference/s3/#use-of-exclude-and-include-filters
 */
function keyFilter(exclude: readonly string[], include: readonly string[]): (key: string) => boolean {
  const excludes = exclude.map(globOf);
  const includes = include.map(globOf);
  return (key) => includes.some((glob) => glob.test(key)) || !excludes.some((glob) => glob.test(key));
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function filesIn(
  folder: string,
  isSelected: (key: string) => boolean,
  metadata: { readonly 'cache-control'?: string | undefined },
): NewObject[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .map((path) => ({ path, key: path.replaceAll(sep, '/') }))
    .filter(({ key }) => isSelected(key))
    .map(({ path, key }) => {
      const contentType = contentTypes[extname(key)];
      const cacheControl = metadata['cache-control'];
      return {
        key,
        bytes: readFileSync(join(folder, path)),
        headers: {
          ...(contentType !== undefined && { 'content-type': contentType }),
          ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
        },
      };
    });
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
