import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { Database } from '../../database.ts';
import { type BehaviourTarget, behaviourTarget } from '../../testing/behaviour-target.ts';
import { S3 } from '../s3.ts';

const Bucket = `hawser-behaviour-${randomUUID()}`;
let target: BehaviourTarget;
let client: S3Client;

beforeAll(async () => {
  const options = { database: new Database(':memory:'), clock: systemClock, region: 'us-east-1' };
  target = await behaviourTarget('S3', () => new S3(options).wire);
  client = new S3Client({ ...target.client, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  const Objects = Contents.map(({ Key }) => ({ Key }));
  if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  // The embedded S3 keeps its buckets, because the stack never deletes one.
  if (process.env.HAWSER_BEHAVIOUR_S3_ENDPOINT) await client.send(new DeleteBucketCommand({ Bucket }));
  client.destroy();
  await target.close();
});

async function put(Key: string, Body: string | Uint8Array = 'x') {
  return client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function read(Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function md5(bytes: Uint8Array | string): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

describe('an object', () => {
  it('an object is returned byte for byte', async () => {
    const bytes = randomBytes(1_000_000);
    const { ETag } = await put('org_1/evt_1', bytes);
    expect(ETag).toBe(md5(bytes));
    expect((await read('org_1/evt_1')).equals(bytes)).toBe(true);
  });

  it('an object may be empty', async () => {
    await put('empty', new Uint8Array());
    expect((await read('empty')).byteLength).toBe(0);
  });

  it('an object may have any key', async () => {
    const key = 'a b/ü+%2F&?=#//"<x>\u{1f600}';
    await put(key, 'odd');
    expect((await read(key)).toString()).toBe('odd');
  });

  it('an object is replaced by a second put', async () => {
    await put('twice', 'one');
    await put('twice', 'second');
    expect((await read('twice')).toString()).toBe('second');
  });

  it('an object keeps its content type, encoding and user metadata', async () => {
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'typed',
        Body: '{}',
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
        CacheControl: 'no-store',
        Metadata: { source: 'src_1' },
      }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'typed' }));
    expect(head).toMatchObject({
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      ContentLength: 2,
      ETag: md5('{}'),
      Metadata: { source: 'src_1' },
    });
    expect(head.LastModified).toBeInstanceOf(Date);
  });

  const embeddedOnly = it.skipIf(process.env.HAWSER_BEHAVIOUR_S3_ENDPOINT !== undefined);

  // The SDK always sends a type. This request does without the SDK, and would need a signature anywhere else.
  embeddedOnly('has the type binary/octet-stream when none was given', async () => {
    const url = `${target.client.endpoint}/${Bucket}/untyped`;
    const authorization =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=, Signature=';
    await fetch(url, { method: 'PUT', body: new Uint8Array([1]), headers: { authorization } });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'untyped' }));
    expect(head.ContentType).toBe('binary/octet-stream');
  });

  it('a deleted object is gone, and deleting a missing key succeeds', async () => {
    await put('gone');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await expect(read('gone')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'gone' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('an existing object is not overwritten under If-None-Match: *', async () => {
    const once = new PutObjectCommand({ Bucket, Key: 'once', Body: 'a', IfNoneMatch: '*' });
    await client.send(once);
    await expect(client.send(once)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
  });

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('an object is read in part: %s', async (Range, expected, contentRange) => {
    await put('digits', '0123456789');
    const response = await client.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));
    expect(await response.Body?.transformToString()).toBe(expected);
    expect(response).toMatchObject({ ContentRange: contentRange, ContentLength: expected.length });
  });

  it('a range outside of the object is refused with InvalidRange', async () => {
    await put('digits', '0123456789');
    const command = new GetObjectCommand({ Bucket, Key: 'digits', Range: 'bytes=10-11' });
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });
});

describe('integrity', () => {
  it('the checksum of a put is kept and returned on request', async () => {
    const { ChecksumCRC32 } = await put('sum', 'hello');
    expect(ChecksumCRC32).toBe('NhCmhg==');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' });
  });

  it('a stream comes as aws-chunked with its checksum in a trailer', async () => {
    const bytes = randomBytes(300_000);
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    const response = await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: bytes.byteLength }),
    );
    expect(response.ChecksumCRC32).toBeDefined();
    expect((await read('stream')).equals(bytes)).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'stream' }));
    expect(head.ContentEncoding ?? '').toBe('');
  });

  it.each([
    ['CRC32', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
    ['SHA-1', { ChecksumSHA1: createHash('sha1').update('other').digest('base64') }, 'BadDigest'],
    ['SHA-256', { ChecksumSHA256: createHash('sha256').update('other').digest('base64') }, 'BadDigest'],
    ['MD5', { ContentMD5: createHash('md5').update('other').digest('base64') }, 'BadDigest'],
    ['malformed MD5', { ContentMD5: 'MTIz' }, 'InvalidDigest'],
    ['malformed CRC32', { ChecksumCRC32: 'AAA' }, 'InvalidRequest'],
  ])('an object with a wrong %s is refused', async (_name, digest, error) => {
    const Key = `wrong-${_name}`;
    await expect(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...digest }))).rejects.toMatchObject({
      name: error,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(read(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('an object with a correct SHA-256 is accepted', async () => {
    const ChecksumSHA256 = createHash('sha256').update('x').digest('base64');
    const response = await client.send(new PutObjectCommand({ Bucket, Key: 'sha', Body: 'x', ChecksumSHA256 }));
    expect(response.ChecksumSHA256).toBe(ChecksumSHA256);
  });
});

describe('limits', () => {
  it('a key has at most 1,024 bytes in UTF-8', async () => {
    await put('k'.repeat(1024));
    await expect(put('é'.repeat(513))).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });

  it('user metadata has at most 2 KB', async () => {
    const Metadata = { big: 'm'.repeat(2048) };
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'meta', Metadata }))).rejects.toMatchObject({
      name: 'MetadataTooLarge',
    });
  });
});

describe('listing', () => {
  const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d/1', 'list/é', 'list/\u{1f600}'];

  beforeAll(async () => {
    for (const key of keys) await put(key, key);
    await put('list0', 'after the prefix');
  });

  it('a listing has the keys of a prefix in the order of their UTF-8 bytes', async () => {
    const response = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/' }));
    expect(response.Contents?.map(({ Key }) => Key)).toEqual(keys);
    expect(response).toMatchObject({ KeyCount: 7, IsTruncated: false, MaxKeys: 1000, Prefix: 'list/' });
    expect(response.Contents?.[0]).toMatchObject({ Size: 6, ETag: md5('list/a'), StorageClass: 'STANDARD' });
  });

  it('a listing continues after its last page', async () => {
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 3, ContinuationToken }),
      );
      found.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(found).toEqual(keys);
  });

  it('a listing starts after a given key', async () => {
    const response = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', StartAfter: 'list/c' }));
    expect(response.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(4));
  });

  it('a listing groups keys by a delimiter, across pages too', async () => {
    const found: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/', MaxKeys: 2, ContinuationToken }),
      );
      found.push(
        ...[
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ].map(String),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(found).toEqual(['list/a', 'list/b/', 'list/c', 'list/d/', 'list/é', 'list/\u{1f600}']);
  });

  it('a listing encodes keys on request', async () => {
    const response = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/é', EncodingType: 'url' }));
    expect(response.Contents?.[0]?.Key).toBe('list/%C3%A9');
  });

  it('a continuation token that was not issued is refused', async () => {
    const command = new ListObjectsV2Command({ Bucket, ContinuationToken: '!' });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('deleting many', () => {
  it('DeleteObjects deletes what exists and reports all keys', async () => {
    await put('many/a&b');
    const Objects = [{ Key: 'many/a&b' }, { Key: 'many/none' }];
    const response = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(response.Deleted?.map(({ Key }) => Key)).toEqual(['many/a&b', 'many/none']);
    await expect(read('many/a&b')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('DeleteObjects reports nothing in quiet mode', async () => {
    const Delete = { Quiet: true, Objects: [{ Key: 'many/none' }] };
    expect((await client.send(new DeleteObjectsCommand({ Bucket, Delete }))).Deleted ?? []).toEqual([]);
  });

  it('DeleteObjects takes at most 1,000 keys', async () => {
    const Objects = Array.from({ length: 1001 }, (_, n) => ({ Key: String(n) }));
    await expect(client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).rejects.toMatchObject({
      name: 'MalformedXML',
    });
  });
});

describe('buckets', () => {
  it('HeadBucket tells whether a bucket exists', async () => {
    expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe(target.client.region);
    await expect(client.send(new HeadBucketCommand({ Bucket: `no-${Bucket}` }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('buckets are listed', async () => {
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toContain(Bucket);
  });

  it('a bucket may be created again by its owner in us-east-1', async () => {
    await expect(client.send(new CreateBucketCommand({ Bucket }))).resolves.toBeDefined();
  });

  it.each(['UPPER', 'ab', '1.2.3.4', 'a..b'])('an invalid bucket name is refused: %s', async (name) => {
    await expect(client.send(new CreateBucketCommand({ Bucket: name }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    });
  });

  it('a request for a bucket that does not exist is refused with NoSuchBucket', async () => {
    const nowhere = { Bucket: `no-${Bucket}`, Key: 'k' };
    const refusal = { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } };
    await expect(client.send(new GetObjectCommand(nowhere))).rejects.toMatchObject(refusal);
    await expect(client.send(new PutObjectCommand({ ...nowhere, Body: 'x' }))).rejects.toMatchObject(refusal);
    await expect(client.send(new DeleteObjectCommand(nowhere))).rejects.toMatchObject(refusal);
    await expect(client.send(new ListObjectsV2Command(nowhere))).rejects.toMatchObject(refusal);
  });
});
