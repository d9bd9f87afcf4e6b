import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';

type SignerConstructor = NonNullable<DynamoDBClientConfig['signerConstructor']>;
type Signer = InstanceType<SignerConstructor>;
type Init = ConstructorParameters<SignerConstructor>[0];
type Request = Parameters<Signer['sign']>[0];
type Options = NonNullable<Parameters<Signer['sign']>[1]>;

/** What a signing key is made from. */
interface KeyScope {
  readonly secretAccessKey: string;
  /** `20261127` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Headers that proxies may change. The SDK signs none of these either. */
const UNSIGNED =
  /^(?:authorization|cache-control|connection|expect|from|keep-alive|max-forwards|pragma|referer|te|trailer|transfer-encoding|upgrade|user-agent|x-amzn-trace-id|proxy-.*|sec-.*)$/i;

/**
 * A header name that can be signed as it is. `date` and `x-amz-content-sha256` may come from an earlier signature, and
 * the SDK's signer treats them specially.
 */
const USUAL_NAME = /^(?!date$|x-amz-content-sha256$)[^A-Z]+$/;

/**
 * Signature Version 4 for calls of AWS's JSON protocols: `POST /` with the whole body at hand. It is passed as the
 * SDK's option `signerConstructor`, makes the same headers and signature as the SDK's own signer, and leaves any other
 * request to that one. The SDK's signer makes a stream object per digest, an HMAC to find its key in a cache, and a
 * promise per step: together nearly a third of its work for a small call (docs/benchmarks.md).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const JsonRequestSigner: SignerConstructor = class implements Signer {
  readonly #init: Init;
  readonly #anyRequest: SignatureV4;
  #last: { readonly scope: KeyScope; readonly key: KeyObject } | undefined;

  constructor(init: Init) {
    this.#init = init;
    this.#anyRequest = new SignatureV4(init);
  }

  async sign(request: Request, options: Options = {}): Promise<Request> {
    const { body } = request;
    const date = options.signingDate ?? new Date();
    if (!isWhole(body) || !(date instanceof Date) || !isJsonCall(request) || isSpecial(this.#init, options)) {
      return this.#anyRequest.sign(request, options);
    }
    const { credentials, region, service } = this.#init;
    const { accessKeyId, secretAccessKey, sessionToken } = await resolved(credentials);
    const time = amzDate(date);
    const scope: KeyScope = {
      secretAccessKey,
      date: time.slice(0, 8),
      region: options.signingRegion ?? (await resolved(region)),
      service: options.signingService ?? service,
    };
    const place = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
    const payloadHash = hash('sha256', body);
    const headers: Request['headers'] = { ...request.headers, 'x-amz-date': time, 'x-amz-content-sha256': payloadHash };
    if (sessionToken) headers['x-amz-security-token'] = sessionToken;
    const names = signedNames(headers);
    const lines = names.map((name) => `${name}:${canonical(headers[name] ?? '')}\n`).join('');
    const signedHeaders = names.join(';');
    const canonicalRequest = `POST\n/\n\n${lines}\n${signedHeaders}\n${payloadHash}`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${place}\n${hash('sha256', canonicalRequest)}`;
    const signature = createHmac('sha256', this.#keyFor(scope)).update(toSign).digest('hex');
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${place}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return { ...request, headers };
  }

  /** Keeps the last key: it stays the same for a day, or until the credentials are renewed. */
  #keyFor(scope: KeyScope): KeyObject {
    if (!this.#last || !isSame(this.#last.scope, scope)) this.#last = { scope, key: signingKey(scope) };
    return this.#last.key;
  }
};

const isWhole = (body: unknown): body is string | Uint8Array => typeof body === 'string' || body instanceof Uint8Array;

/** Whether the request is as the SDK's JSON serializers make it, and all its header names can be signed as they are. */
function isJsonCall({ method, path, query = {}, headers }: Request): boolean {
  const isUsual = (name: string) => (UNSIGNED.test(name) ? !/^authorization$/i.test(name) : USUAL_NAME.test(name));
  return method === 'POST' && path === '/' && Object.keys(query).length === 0 && Object.keys(headers).every(isUsual);
}

const isSpecial = ({ applyChecksum = true }: Init, { signableHeaders, unsignableHeaders }: Options) =>
  !applyChecksum || signableHeaders !== undefined || unsignableHeaders !== undefined;

const signedNames = (headers: Request['headers']) =>
  Object.keys(headers)
    .filter((name) => headers[name] !== undefined && !UNSIGNED.test(name))
    .sort();

const resolved = async <Value>(value: Value | (() => Promise<Value>)): Promise<Value> =>
  value instanceof Function ? value() : value;

/** `20261127T123600Z` */
function amzDate(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day.replaceAll('-', '')}T${time.slice(0, 8).replaceAll(':', '')}Z`;
}

/** Trims and joins spaces as the standard requires, if there are any. */
function canonical(value: string): string {
  if (!/[\r\n\t]|^ | $| {2}/.test(value)) return value;
  return value
    .replace(/[\r\n]/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
}

const isSame = (one: KeyScope, other: KeyScope) =>
  one.date === other.date &&
  one.secretAccessKey === other.secretAccessKey &&
  one.region === other.region &&
  one.service === other.service;

function signingKey({ secretAccessKey, date, region, service }: KeyScope): KeyObject {
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  return createSecretKey(Buffer.from(key));
}
