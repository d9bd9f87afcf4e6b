import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Database } from '../database.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import type { WireResponse } from '../wire/wire.ts';
import { S3 } from './s3.ts';

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=, Signature=';

function open(path = ':memory:') {
  const database = new Database(path);
  const s3 = new S3({ database, clock: new ManualClock(), region: 'us-east-1' });
  const { arn } = s3.ensureBucket({ name: 'payloads' });
  const endpoint = new AwsEndpoint([s3.wire]);
  const send = (method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<WireResponse> =>
    endpoint.handle({ method, url, headers: { authorization: AUTHORIZATION, ...headers }, body: Buffer.from(body) });
  return { database, send, arn };
}

function code(reply: WireResponse): string | undefined {
  return String(reply.body).match(/<Code>(\w+)<\/Code>/)?.[1];
}

describe('durability', () => {
  it('an acknowledged object is still there after the file is opened again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hawser-s3-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const first = open(join(folder, 'local.db'));
    await first.send('PUT', '/payloads/a', { 'x-amz-meta-n': '1' }, 'body');
    await first.send('PUT', '/payloads/b', {}, 'gone');
    await first.send('DELETE', '/payloads/b');
    // A second connection only sees what is committed, even while the first is open.
    const second = open(join(folder, 'local.db'));
    const response = await second.send('GET', '/payloads/a');
    expect(Buffer.from(response.body).toString()).toBe('body');
    expect(response.headers['x-amz-meta-n']).toBe('1');
    expect((await second.send('GET', '/payloads/b')).status).toBe(404);
    first.database.close();
    second.database.close();
  });

  it('a replaced or deleted object leaves no bytes behind', async () => {
    const { database, send } = open();
    await send('PUT', '/payloads/a', {}, 'one');
    await send('PUT', '/payloads/a', {}, 'two');
    await send('PUT', '/payloads/b', {}, 'three');
    await send('DELETE', '/payloads/b');
    expect(database.statement('SELECT count(*) AS n FROM s3_contents').get()).toEqual({ n: 1 });
  });
});

describe('what is not implemented', () => {
  it.each([
    ['GET', '/payloads?acl', {}],
    ['GET', '/payloads?versioning', {}],
    ['GET', '/payloads', {}],
    ['GET', '/payloads?list-type=2&fetch-owner=true', {}],
    ['PUT', '/payloads?versioning', {}],
    ['DELETE', '/payloads', {}],
    ['POST', '/payloads', {}],
    ['GET', '/payloads/key?tagging', {}],
    ['GET', '/payloads/key?versionId=1', {}],
    ['PUT', '/payloads/key?partNumber=1&uploadId=1', {}],
    ['POST', '/payloads/key?uploads', {}],
    ['PUT', '/payloads/key', { 'x-amz-acl': 'private' }],
    ['PUT', '/payloads/key', { 'x-amz-copy-source': '/a/b' }],
    ['PUT', '/payloads/key', { 'x-amz-server-side-encryption': 'aws:kms' }],
    ['PUT', '/payloads/key', { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }],
    ['PUT', '/payloads/key', { 'if-match': '"x"' }],
    ['GET', '/payloads/key', { 'if-none-match': '"x"' }],
  ])('%s %s %o is refused with 501', async (method, url, headers) => {
    const { send } = open();
    await send('PUT', '/payloads/key', {}, 'kept');
    const response = await send(method, url, headers);
    expect([response.status, code(response)]).toEqual([501, 'NotImplemented']);
    expect(Buffer.from((await send('GET', '/payloads/key')).body).toString()).toBe('kept');
  });

  it('several ranges at once are refused with 501', async () => {
    const { send } = open();
    await send('PUT', '/payloads/key', {}, '0123456789');
    expect((await send('GET', '/payloads/key', { range: 'bytes=0-1,3-4' })).status).toBe(501);
  });
});

describe('the wire', () => {
  const CHUNKED = {
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'content-encoding': 'aws-chunked,gzip',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  };
  const SIGNED = '3;chunk-signature=00\r\nhel\r\n2;chunk-signature=00\r\nlo\r\n0;chunk-signature=00\r\n';

  it('signed chunks are joined, and only the rest of the content encoding is kept', async () => {
    const { send } = open();
    const body = `${SIGNED}x-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:00\r\n\r\n`;
    const put = await send('PUT', '/payloads/c', CHUNKED, body);
    expect(put.headers['x-amz-checksum-crc32']).toBe('NhCmhg==');
    const got = await send('GET', '/payloads/c');
    expect([Buffer.from(got.body).toString(), got.headers['content-encoding']]).toEqual(['hello', 'gzip']);
  });

  it.each([
    ['a wrong trailing checksum', `${SIGNED}x-amz-checksum-crc32:AAAAAA==\r\n\r\n`, 'BadDigest'],
    ['fewer bytes than announced', '2\r\nhe\r\n0\r\n\r\n', 'IncompleteBody'],
    ['a chunk that is cut off', '5\r\nhe', 'IncompleteBody'],
    ['a size that is not a number', 'zz\r\nhello\r\n0\r\n\r\n', 'InvalidChunkSizeError'],
    ['a trailer without a colon', `${SIGNED}nonsense\r\n\r\n`, 'MalformedTrailerError'],
  ])('an object with %s is refused', async (_rule, body, expected) => {
    const { send } = open();
    expect(code(await send('PUT', '/payloads/c', CHUNKED, body))).toBe(expected);
    expect((await send('GET', '/payloads/c')).status).toBe(404);
  });

  it('an object whose payload hash does not match is refused', async () => {
    const { send } = open();
    const response = await send('PUT', '/payloads/c', { 'x-amz-content-sha256': '0'.repeat(64) }, 'x');
    expect(code(response)).toBe('XAmzContentSHA256Mismatch');
  });

  it('an error names its key and a request id, in XML', async () => {
    const { send } = open();
    const response = await send('GET', '/payloads/a%26b');
    expect(response.headers['content-type']).toBe('application/xml');
    expect(response.body).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>a&amp;b<\/Key><RequestId>[0-9a-f-]{36}<\/RequestId><\/Error>$/,
    );
  });

  it('an error to HEAD has no body', async () => {
    const { send } = open();
    expect(await send('HEAD', '/payloads/none')).toMatchObject({ status: 404, body: '' });
  });

  it('a path that is not UTF-8 is refused', async () => {
    const { send } = open();
    expect(code(await send('GET', '/payloads/%ff'))).toBe('InvalidURI');
  });

  it.each([
    ['nothing', ''],
    ['another element', '<Other/>'],
    ['a tag left open', '<Delete><Object><Key>a</Key></Delete>'],
    ['a version of an object', '<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>'],
    ['an unknown entity', '<Delete><Object><Key>&x;</Key></Object></Delete>'],
    ['an entity that means something in JavaScript', '<Delete><Object><Key>&constructor;</Key></Object></Delete>'],
    ['something after the root', '<Delete><Object><Key>a</Key></Object></Delete><a/>'],
  ])('DeleteObjects refuses a document with %s', async (_rule, document) => {
    const { send } = open();
    expect(code(await send('POST', '/payloads?delete', {}, document))).toBe('MalformedXML');
  });

  it('DeleteObjects reads entities, comments and white space', async () => {
    const { send } = open();
    const document = `<?xml version="1.0"?>\n<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <!-- one --><Object><Key>a&lt;&#x1F600;&#10;b</Key></Object>\n</Delete>\n`;
    expect((await send('POST', '/payloads?delete', {}, document)).body).toContain('<Key>a&lt;\u{1f600}\nb</Key>');
  });

  it('a bucket in another region is refused', async () => {
    const { send } = open();
    const body =
      '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
    expect(code(await send('PUT', '/other', {}, body))).toBe('IllegalLocationConstraintException');
  });
});

it('ensureBucket returns the ARN, however often it is called', () => {
  expect(open().arn).toBe('arn:aws:s3:::payloads');
});
