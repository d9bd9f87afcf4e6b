import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { S3Request } from './request.ts';

/** A checksum that came with an object. It is stored and returned with it. Base64, as in the headers. */
export interface Checksum {
  readonly algorithm: Algorithm;
  readonly value: string;
}

const ALGORITHMS = {
  crc32: (bytes: Uint8Array) => {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(crc32(bytes));
    return digest;
  },
  sha1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest(),
  sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
} as const;

type Algorithm = keyof typeof ALGORITHMS;

const HEADER_PREFIX = 'x-amz-checksum-';

export interface CheckedBody {
  readonly bytes: Uint8Array;
  readonly md5: Buffer;
  readonly checksum: Checksum | undefined;
}

/**
 * The bytes that a request carries. Every digest that came with them has been compared: `Content-MD5`, `x-amz-content-sha256`,
 * and `x-amz-checksum-*` as a header or a trailer.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 *
 * @throws AwsError BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, InvalidRequest, IncompleteBody
 */
export function checkedBody(request: S3Request): CheckedBody {
  const { headers, body } = request;
  const contentSha256 = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const chunked = contentSha256.startsWith('STREAMING-') || contentEncodings(headers).includes('aws-chunked');
  const { bytes, trailers } = chunked
    ? decodeAwsChunked(body, Number(headers['x-amz-decoded-content-length'] ?? Number.NaN))
    : { bytes: body, trailers: new Map<string, string>() };
  if (!chunked && contentSha256 !== 'UNSIGNED-PAYLOAD') checkSha256(bytes, contentSha256);
  const md5 = createHash('md5').update(bytes).digest();
  if (headers['content-md5'] !== undefined) checkMd5(md5, headers['content-md5']);
  const stated = [...Object.entries(headers), ...trailers].filter(
    ([name]) => name.startsWith(HEADER_PREFIX) && name !== `${HEADER_PREFIX}mode`,
  );
  if (stated.length > 1) {
    throw new AwsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const [first] = stated;
  return { bytes, md5, checksum: first && checkStated(bytes, first[0].slice(HEADER_PREFIX.length), first[1]) };
}

/** The values of `Content-Encoding`, in order. */
export function contentEncodings(headers: Readonly<Record<string, string>>): string[] {
  return (headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '');
}

/** The response headers with an object's checksum. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`${HEADER_PREFIX}${checksum.algorithm}`]: checksum.value, [`${HEADER_PREFIX}type`]: 'FULL_OBJECT' };
}

export function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

function checkStated(bytes: Uint8Array, algorithm: string, value: string): Checksum {
  if (!isAlgorithm(algorithm)) throw notImplemented('s3', `the header ${HEADER_PREFIX}${algorithm}`);
  const actual = ALGORITHMS[algorithm](bytes);
  const stated = Buffer.from(value, 'base64');
  if (stated.byteLength !== actual.byteLength || stated.toString('base64') !== value) {
    throw new AwsError('InvalidRequest', `Value for ${HEADER_PREFIX}${algorithm} header is invalid.`);
  }
  if (!stated.equals(actual)) {
    throw new AwsError(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
  return { algorithm, value };
}

function checkSha256(bytes: Uint8Array, stated: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === stated) return;
  throw new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    400,
    {
      ClientComputedContentSHA256: stated,
      S3ComputedContentSHA256: actual,
    },
  );
}

function checkMd5(actual: Buffer, stated: string): void {
  const bytes = Buffer.from(stated, 'base64');
  if (bytes.byteLength !== 16 || bytes.toString('base64') !== stated) {
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400, { 'Content-MD5': stated });
  }
  if (!bytes.equals(actual)) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400, {
      ExpectedDigest: stated,
      CalculatedDigest: actual.toString('base64'),
    });
  }
}
