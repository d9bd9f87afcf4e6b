import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { WireResponse, WireService } from '../wire/wire.ts';
import { createBucket, headBucket, listBuckets, validateBucketName } from './buckets.ts';
import type { S3Context } from './context.ts';
import { listObjectsV2 } from './listing.ts';
import { type ObjectHead, ObjectStore } from './object-store.ts';
import { deleteObject, deleteObjects, getObject, headObject, putObject } from './objects.ts';
import { parseRequest, type S3Request } from './request.ts';
import { writeXml } from './xml.ts';

type Operation = (context: S3Context, request: S3Request) => Promise<WireResponse>;

const OBJECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  PUT: putObject,
  GET: getObject,
  HEAD: headObject,
  DELETE: deleteObject,
};

const BUCKET_OPERATIONS: Readonly<Record<string, Operation>> = {
  PUT: createBucket,
  GET: listObjectsV2,
  HEAD: headBucket,
  POST: deleteObjects,
};

/** An object to be put natively. */
export interface NewObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Those that S3 stores with an object, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** S3 with path-style addresses: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
export class S3 {
  readonly wire: WireService;
  readonly #context: S3Context;

  constructor(options: { readonly database: Database; readonly clock: Clock; readonly region: string }) {
    this.#context = { ...options, store: new ObjectStore(options.database) };
    this.wire = {
      signingName: 's3',
      handle: (request) => this.#handle(parseRequest(request)),
      addressed: (request) => [arnOf(parseRequest(request).bucket)],
      accessDenied: { code: 'AccessDenied', status: 403 },
      errorResponse,
    };
  }

  /** Creates the bucket unless it exists. @throws AwsError InvalidBucketName */
  ensureBucket({ name }: { readonly name: string }): { readonly arn: string } {
    validateBucketName(name);
    this.#context.store.ensureBucket(name, this.#context.clock.nowMs());
    return { arn: arnOf(name) };
  }

  /** An object with its bytes; `undefined` if there is none. */
  read(bucket: string, key: string): (ObjectHead & { readonly bytes: Uint8Array }) | undefined {
    const { store } = this.#context;
    const head = store.head(bucket, key);
    return head && { ...head, bytes: store.bytes(bucket, key) };
  }

  /** All objects of a bucket, without their bytes. */
  list(bucket: string): ObjectHead[] {
    return [...this.#context.store.list(bucket, '', '')];
  }

  /** Puts and removes all of these objects, or none. */
  async change(bucket: string, put: readonly NewObject[], remove: readonly string[]): Promise<void> {
    const { database, store, clock } = this.#context;
    await database.write(() => {
      for (const key of remove) store.delete(bucket, key);
      for (const { key, bytes, headers } of put) {
        const md5 = createHash('md5').update(bytes).digest('hex');
        const modifiedMs = clock.nowMs();
        store.put(bucket, { key, size: bytes.byteLength, md5, modifiedMs, checksum: undefined, headers }, bytes);
      }
    });
  }

  async #handle(request: S3Request): Promise<WireResponse> {
    try {
      const response = await operationOf(request)(this.#context, request);
      return { ...response, headers: { 'x-amz-request-id': randomUUID(), ...response.headers } };
    } catch (error) {
      if (!(error instanceof AwsError) || request.method !== 'HEAD') throw error;
      // A response to HEAD has no body, so a client only learns the status.
      return { ...errorResponse(error), body: '' };
    }
  }
}

function arnOf(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

function operationOf({ method, bucket, key, query }: S3Request): Operation {
  if (bucket === '') return method === 'GET' ? listBuckets : unknown(`${method} /`);
  if (key !== '') return OBJECT_OPERATIONS[method] ?? unknown(`${method} of an object`);
  if (method === 'POST' && !query.has('delete')) return unknown('POST of a bucket');
  if (method === 'GET' && !query.has('list-type')) {
    // Without it, GET would be version 1 of the listing, or one of forty subresources (`?versioning`, `?acl` …).
    return unknown(
      `GET of a bucket with ${[...query.keys()].filter((name) => name !== 'x-id').join(', ') || 'no list-type'}`,
    );
  }
  return BUCKET_OPERATIONS[method] ?? unknown(`${method} of a bucket`);
}

function unknown(what: string): Operation {
  return () => Promise.reject(notImplemented('s3', what));
}

function errorResponse(error: AwsError): WireResponse {
  const requestId = randomUUID();
  const members = Object.fromEntries(Object.entries(error.members).map(([name, value]) => [name, String(value)]));
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: writeXml('Error', { Code: error.code, Message: error.message, ...members, RequestId: requestId }, false),
  };
}
