import { AwsError } from '../wire/aws-error.ts';
import type { WireResponse } from '../wire/wire.ts';
import { checkedBody, checksumHeaders, contentEncodings } from './checksums.ts';
import type { S3Context } from './context.ts';
import { invalidArgument, noSuchBucket, noSuchKey } from './errors.ts';
import { MAX_DELETED_KEYS, MAX_KEY_BYTES, MAX_USER_METADATA_BYTES } from './limits.ts';
import type { ObjectHead } from './object-store.ts';
import { parseRange } from './range.ts';
import { refuseUnsupported, type S3Request } from './request.ts';
import { malformedXml, readXml, writeXml, type XmlElement } from './xml.ts';

/** Headers of a PutObject that are returned with the object. */
const KEPT_HEADERS = ['cache-control', 'content-disposition', 'content-language', 'content-type', 'expires'];

const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'PutObject', { headers: ['if-none-match'], metadata: true });
  const { bucket, key } = request;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', 400, {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: String(MAX_KEY_BYTES),
    });
  }
  const onlyIfAbsent = request.headers['if-none-match'];
  if (onlyIfAbsent !== undefined && onlyIfAbsent !== '*') {
    throw invalidArgument('If-None-Match', onlyIfAbsent, 'If-None-Match of PutObject takes only *');
  }
  const headers = keptHeaders(request);
  const { bytes, md5, checksum } = checkedBody(request);
  const head: ObjectHead = {
    key,
    size: bytes.byteLength,
    md5: md5.toString('hex'),
    modifiedMs: context.clock.nowMs(),
    checksum,
    headers,
  };
  await context.database.write(() => {
    if (!context.store.hasBucket(bucket)) throw noSuchBucket(bucket);
    if (onlyIfAbsent && context.store.head(bucket, key)) {
      throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
        Condition: 'If-None-Match',
      });
    }
    context.store.put(bucket, head, bytes);
  });
  return { status: 200, headers: { etag: `"${head.md5}"`, ...checksumHeaders(checksum) }, body: '' };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'GetObject', { headers: ['x-amz-checksum-mode', 'range'] });
  const { bucket, key } = request;
  const head = requireHead(context, bucket, key);
  const { range: rangeHeader } = request.headers;
  if (rangeHeader === undefined) {
    return { status: 200, headers: responseHeaders(head, request), body: context.store.bytes(bucket, key) };
  }
  const range = parseRange(rangeHeader, head.size);
  const { checksum: _wholeObject, ...partial } = head;
  return {
    status: 206,
    headers: {
      ...responseHeaders({ ...partial, checksum: undefined }, request),
      'content-length': String(range.length),
      'content-range': `bytes ${range.start}-${range.start + range.length - 1}/${head.size}`,
    },
    body: context.store.bytes(bucket, key, range),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function headObject(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'HeadObject', { headers: ['x-amz-checksum-mode'] });
  return {
    status: 200,
    headers: responseHeaders(requireHead(context, request.bucket, request.key), request),
    body: '',
  };
}

/** Deleting a key that doesn't exist is no error. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'DeleteObject', {});
  await deleteKeys(context, request.bucket, [request.key]);
  return { status: 204, headers: {}, body: '' };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(context: S3Context, request: S3Request): Promise<WireResponse> {
  refuseUnsupported(request, 'DeleteObjects', { query: ['delete'] });
  const { keys, quiet } = parseDeletion(readXml(Buffer.from(checkedBody(request).bytes).toString('utf8')));
  await deleteKeys(context, request.bucket, keys);
  const body = writeXml('DeleteResult', quiet ? {} : { Deleted: keys.map((key) => ({ Key: key })) });
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function parseDeletion(document: XmlElement): { keys: string[]; quiet: boolean } {
  if (document.name !== 'Delete') throw malformedXml();
  const keys: string[] = [];
  let quiet = false;
  for (const { name, text, children } of document.children) {
    const [key, ...others] = children;
    if (name === 'Quiet') quiet = text === 'true';
    else if (name === 'Object' && key?.name === 'Key' && others.length === 0) keys.push(key.text);
    // Versions and conditions (`VersionId`, `ETag`, …) would make it a different deletion.
    else throw malformedXml();
  }
  if (keys.length === 0 || keys.length > MAX_DELETED_KEYS) throw malformedXml();
  return { keys, quiet };
}

async function deleteKeys(context: S3Context, bucket: string, keys: readonly string[]): Promise<void> {
  await context.database.write(() => {
    if (!context.store.hasBucket(bucket)) throw noSuchBucket(bucket);
    for (const key of keys) context.store.delete(bucket, key);
  });
}

function requireHead(context: S3Context, bucket: string, key: string): ObjectHead {
  if (!context.store.hasBucket(bucket)) throw noSuchBucket(bucket);
  const head = context.store.head(bucket, key);
  if (!head) throw noSuchKey(key);
  return head;
}

function responseHeaders(head: ObjectHead, request: S3Request): Record<string, string> {
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    ...head.headers,
    'accept-ranges': 'bytes',
    'content-length': String(head.size),
    etag: `"${head.md5}"`,
    'last-modified': new Date(head.modifiedMs).toUTCString(),
    ...(request.headers['x-amz-checksum-mode'] === 'ENABLED' ? checksumHeaders(head.checksum) : {}),
  };
}

function keptHeaders({ headers }: S3Request): Record<string, string> {
  const kept: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const metadata = name.startsWith('x-amz-meta-');
    if (metadata) metadataBytes += name.length - 'x-amz-meta-'.length + value.length;
    if (metadata || KEPT_HEADERS.includes(name)) kept[name] = value;
  }
  if (metadataBytes > MAX_USER_METADATA_BYTES) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      Size: String(metadataBytes),
      MaxSizeAllowed: String(MAX_USER_METADATA_BYTES),
    });
  }
  const encodings = contentEncodings(headers).filter((encoding) => encoding !== 'aws-chunked');
  if (encodings.length > 0) kept['content-encoding'] = encodings.join(',');
  return kept;
}
