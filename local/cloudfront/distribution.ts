import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayFront } from '../gateway/gateway-front.ts';
import { endAfter } from '../gateway/send-response.ts';
import { Compression, encodingFor } from './compression.ts';
import type { BehaviorSpec, DistributionSpec, ObjectSource, OriginObject } from './distribution-spec.ts';
import { normalizePath, pathMatcher } from './path-pattern.ts';
import {
  fullResponse,
  functionFailed,
  invalidUri,
  isCurrent,
  keyNotFound,
  methodRefused,
  type SiteResponse,
  withPolicy,
} from './site-response.ts';
import { ViewerFunction } from './viewer-function.ts';

export interface DistributionOptions {
  readonly spec: DistributionSpec;
  readonly objects: ObjectSource;
  /** Takes what CloudFront would write to a function's log. Standard error by default. */
  readonly log?: (line: string) => void;
}

interface Behavior extends Omit<BehaviorSpec, 'viewerRequest'> {
  readonly matches: (normalizedPath: string) => boolean;
  readonly viewerRequest: ViewerFunction | undefined;
}

/**
 * A CloudFront distribution in front of a bucket and the REST API. It selects the behavior for a request, and serves those for
 * the bucket. Nothing is cached, because the bucket is local. Requests for the API are passed on unchanged.
 */
export class Distribution {
  readonly #behaviors: readonly Behavior[];
  readonly #defaultRootObject: string | undefined;
  readonly #objects: ObjectSource;
  readonly #log: (line: string) => void;
  readonly #compression = new Compression();

  constructor({ spec, objects, log }: DistributionOptions) {
    this.#behaviors = spec.behaviors.map((behavior) => ({
      ...behavior,
      matches: pathMatcher(behavior.pathPattern),
      viewerRequest:
        behavior.viewerRequest === undefined ? undefined : new ViewerFunction(behavior.viewerRequest, spec),
    }));
    this.#defaultRootObject = spec.defaultRootObject;
    this.#objects = objects;
    this.#log = log ?? ((line) => process.stderr.write(`hawser: ${line}\n`));
  }

  /**
   * Responds to a request for the bucket.
   * @returns false if the request is for the API
   */
  readonly handle: GatewayFront = (message, reply, { url, beforeHead }) => {
    const queryStart = url.indexOf('?');
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    const normalPath = normalizePath(path);
    const behavior = this.#behaviors.find(({ matches }) => matches(normalPath));
    if (behavior === undefined || behavior.origin.kind === 'api') return false;
    const query = queryStart === -1 ? '' : url.slice(queryStart + 1);
    const respond = (response: SiteResponse) => {
      send(message, reply, withPolicy(response, behavior.responseHeaders), beforeHead());
    };
    this.#respondFromBucket(behavior, behavior.origin.bucket, message, path, query).then(respond, (error: unknown) => {
      this.#log(`cloudfront: ${error instanceof Error ? error.stack : String(error)}`);
      respond(functionFailed());
    });
    return true;
  };

  async #respondFromBucket(
    behavior: Behavior,
    bucket: string,
    message: IncomingMessage,
    path: string,
    query: string,
  ): Promise<SiteResponse> {
    if (!behavior.allowedMethods.includes(message.method ?? '')) return methodRefused();
    const uri = behavior.viewerRequest ? await behavior.viewerRequest.rewrite(message, path, query) : path;
    const key = this.#keyOf(uri);
    if (key === undefined) return invalidUri();
    const object = this.#objects.read(bucket, key);
    if (object === undefined) return keyNotFound(key);
    const { headers } = message;
    const response = behavior.compress
      ? await this.#compressed(object, headers['accept-encoding']?.toString())
      : fullResponse(object);
    const current = isCurrent(response, {
      ifNoneMatch: headers['if-none-match'],
      ifModifiedSince: headers['if-modified-since'],
    });
    return current ? { ...response, status: 304, body: '' } : response;
  }

  /**
   * The key of an object; `undefined` if the path has an invalid escape. A key is never a path on this machine: `..` is a name
   * like any other.
   */
  #keyOf(uri: string): string | undefined {
    if (uri === '/' && this.#defaultRootObject !== undefined) return this.#defaultRootObject;
    try {
      return decodeURIComponent(uri.slice(1));
    } catch (error) {
      if (error instanceof URIError) return undefined;
      throw error;
    }
  }

  async #compressed(object: OriginObject, acceptEncoding: string | undefined): Promise<SiteResponse> {
    const plain = fullResponse(object);
    if (!this.#compression.applies(object)) return plain;
    const headers = { ...plain.headers, vary: 'Accept-Encoding' };
    const encoding = encodingFor(acceptEncoding);
    if (encoding === undefined) return { ...plain, headers };
    return {
      ...plain,
      // The tag was computed from the uncompressed bytes, so it is weak here.
      headers: { ...headers, 'content-encoding': encoding, etag: `W/${plain.headers.etag}` },
      body: await this.#compression.compress(object, encoding),
    };
  }
}

function send(
  message: IncomingMessage,
  reply: ServerResponse,
  { status, headers, body }: SiteResponse,
  until: Promise<void> | undefined,
): void {
  const bodyless = status === 304;
  reply.writeHead(status, { ...headers, ...(!bodyless && { 'content-length': Buffer.byteLength(body) }) });
  endAfter(until, reply, bodyless || message.method === 'HEAD' ? '' : body);
}
