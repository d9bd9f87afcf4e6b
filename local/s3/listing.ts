import { notImplemented } from '../wire/aws-error.ts';
import type { WireResponse } from '../wire/wire.ts';
import type { S3Context } from './context.ts';
import { invalidArgument, noSuchBucket } from './errors.ts';
import { MAX_LISTED_KEYS } from './limits.ts';
import type { ObjectHead } from './object-store.ts';
import { refuseUnsupported, type S3Request } from './request.ts';
import { writeXml } from './xml.ts';

const HONOURED = ['list-type', 'prefix', 'delimiter', 'max-keys', 'start-after', 'continuation-token', 'encoding-type'];

/** Where a listing continues: after a key, or after every key of a common prefix. */
interface Position {
  readonly after: string;
  readonly wholePrefix: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'ListObjectsV2', { query: HONOURED });
  const { bucket, query } = request;
  if (query.get('list-type') !== '2') throw notImplemented('s3', 'ListObjects (version 1)');
  if (!context.store.hasBucket(bucket)) throw noSuchBucket(bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = parseMaxKeys(query.get('max-keys'));
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const from = token === undefined ? { after: startAfter, wholePrefix: false } : parseToken(token);
  const encode = encoder(query.get('encoding-type'));
  const page = collect(context.store.list(bucket, prefix, from.after), { prefix, delimiter, maxKeys, from });
  const body = writeXml('ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(startAfter === '' ? {} : { StartAfter: encode(startAfter) }),
    KeyCount: page.objects.length + page.prefixes.length,
    MaxKeys: maxKeys,
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
    ...(query.has('encoding-type') ? { EncodingType: 'url' } : {}),
    IsTruncated: page.next !== undefined,
    ...(page.next ? { NextContinuationToken: writeToken(page.next) } : {}),
    Contents: page.objects.map((head) => ({
      Key: encode(head.key),
      LastModified: new Date(head.modifiedMs).toISOString(),
      ETag: `"${head.md5}"`,
      ...(head.checksum
        ? { ChecksumAlgorithm: head.checksum.algorithm.toUpperCase(), ChecksumType: 'FULL_OBJECT' }
        : {}),
      Size: head.size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
  });
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

interface PageOptions {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly from: Position;
}

interface Page {
  readonly objects: ObjectHead[];
  readonly prefixes: string[];
  /** Undefined when the listing is complete. */
  readonly next: Position | undefined;
}

function collect(heads: Iterable<ObjectHead>, { prefix, delimiter, maxKeys, from }: PageOptions): Page {
  const objects: ObjectHead[] = [];
  const prefixes: string[] = [];
  let last: Position | undefined;
  for (const head of heads) {
    if (from.wholePrefix && head.key.startsWith(from.after)) continue;
    const cut = delimiter === '' ? -1 : head.key.indexOf(delimiter, prefix.length);
    const common = cut === -1 ? undefined : head.key.slice(0, cut + delimiter.length);
    if (common !== undefined && common === prefixes.at(-1)) continue;
    if (objects.length + prefixes.length === maxKeys) return { objects, prefixes, next: last };
    if (common === undefined) objects.push(head);
    else prefixes.push(common);
    last = { after: common ?? head.key, wholePrefix: common !== undefined };
  }
  return { objects, prefixes, next: undefined };
}

function parseMaxKeys(text: string | undefined): number {
  if (text === undefined) return MAX_LISTED_KEYS;
  if (!/^\d{1,9}$/.test(text))
    throw invalidArgument('max-keys', text, 'Provided max-keys not an integer or within integer range');
  return Math.min(Number(text), MAX_LISTED_KEYS);
}

function encoder(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text;
  if (encodingType !== 'url') {
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  }
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}

/** Opaque to clients, as with AWS. */
function writeToken({ after, wholePrefix }: Position): string {
  return Buffer.from(`${wholePrefix ? 'p' : 'k'}${after}`).toString('base64');
}

function parseToken(token: string): Position {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!/^[pk]./su.test(text)) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return { after: text.slice(1), wholePrefix: text.startsWith('p') };
}
