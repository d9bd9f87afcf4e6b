import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRequestSigner } from './json-request-signer.ts';

type Init = ConstructorParameters<typeof JsonRequestSigner>[0];
type Request = Parameters<InstanceType<typeof JsonRequestSigner>['sign']>[0];

/** As Node's functions, in the place of those that the SDK brings. */
const sha256 = class {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer | string);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as Buffer | string);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
} satisfies DynamoDBClientConfig['sha256'];

/** Few, so that calls in a row often differ in one thing alone. */
const credentials = fc.record(
  {
    accessKeyId: fc.constantFrom('AKIDEXAMPLE', 'ASIAEXAMPLE'),
    secretAccessKey: fc.constantFrom('a secret', 'ein Geheimnis für zwei'),
    sessionToken: fc.constantFrom('', 'a token'),
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);

/** Mostly those of a call that has not been signed. */
const name = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/) },
  {
    weight: 8,
    arbitrary: fc.constantFrom('content-type', 'x-amz-target', 'host', 'user-agent', 'X-Amzn-Trace-Id', 'x-amz-date'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'authorization',
      'Authorization',
      'Content-Type',
      'date',
      'proxy-authorization',
      'X-Amz-Date',
      'x-amz-content-sha256',
      'x-amz-security-token',
    ),
  },
);
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('two  spaces', ' at the ends ', 'a\tb', 'a\r\n b', ' ', ''),
);
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  // A view into the middle of its buffer.
  fc.uint8Array({ minLength: 2 }).map((bytes) => bytes.subarray(1)),
);

const usual = { method: 'POST', protocol: 'https:', hostname: 'dynamodb.eu-central-1.amazonaws.com', path: '/' };
const request: fc.Arbitrary<Request> = fc.record({
  method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, fc.constantFrom('GET', 'PUT')),
  protocol: fc.constant(usual.protocol),
  hostname: fc.constant(usual.hostname),
  path: fc.oneof({ weight: 9, arbitrary: fc.constant('/') }, fc.constantFrom('', '/a b/../c', '//')),
  query: fc.oneof(
    { weight: 9, arbitrary: fc.constant<NonNullable<Request['query']>>({}) },
    fc.constant<NonNullable<Request['query']>>({ a: ['2', '1'], b: 'ü' }),
  ),
  headers: fc.dictionary(name, value, { maxKeys: 8 }),
  body,
});

const time = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...['2026-11-27T23:59:59.999Z', '2026-11-28T00:00:00Z'].map((text) => new Date(text))),
  },
  { weight: 1, arbitrary: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }) },
);
const call = fc.record({
  request,
  credentials,
  options: fc.record(
    {
      signingDate: time,
      signingRegion: fc.constantFrom('us-east-1', 'eu-west-1'),
      signingService: fc.constantFrom('sqs', 'dynamodb'),
    },
    { requiredKeys: ['signingDate'] },
  ),
});

/** Both sign what they get with the credentials that are the present ones. */
function signers(more: Partial<Init> = {}) {
  let present: Init['credentials'] = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
  const init = { region: async () => 'eu-central-1', service: 'dynamodb', sha256, ...more } as Init;
  const withPresent = { ...init, credentials: async () => present as never };
  return {
    renew: (renewed: Init['credentials']) => {
      present = renewed;
    },
    sdk: new SignatureV4(withPresent),
    ours: new JsonRequestSigner(withPresent),
  };
}

const signingDate = new Date('2026-11-27T12:36:00.250Z');

describe('the headers of a signed request', () => {
  test('signed headers equal those of the SDK in any sequence of calls, while days, regions and credentials change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 6 }), async (calls) => {
        const { renew, sdk, ours } = signers();
        for (const { request, credentials, options } of calls) {
          renew(credentials);
          const before = structuredClone(request);
          expect({ ...(await ours.sign(request, options)) }).toEqual({ ...(await sdk.sign(before, options)) });
          // It may have to be sent again.
          expect(request).toEqual(before);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['a body that is a stream', { body: Readable.from(['x']) }, {}],
    ['no body', {}, {}],
    ['a date in seconds', { body: '{}' }, { signingDate: 1_790_000_000 }],
    ['a date as text', { body: '{}' }, { signingDate: '2026-11-27T00:00:00Z' }],
    ['headers that are not to be signed', { body: '{}' }, { unsignableHeaders: new Set(['x-a']) }],
    ['headers that are to be signed', { body: '{}' }, { signableHeaders: new Set(['user-agent']) }],
  ])('signed headers equal those of the SDK with %s', async (_, fields, options) => {
    const { sdk, ours } = signers();
    const request = { ...usual, headers: { 'x-a': '1', 'user-agent': 'x' }, query: {}, ...fields };
    const given = { signingDate, ...options };
    expect((await ours.sign({ ...request }, given)).headers).toEqual((await sdk.sign({ ...request }, given)).headers);
  });

  test('signed headers equal those of the SDK without a checksum, if none is asked for', async () => {
    const { sdk, ours } = signers({ applyChecksum: false });
    const request = { ...usual, headers: {}, query: {}, body: '{}' };
    const { headers } = await ours.sign(request, { signingDate });
    expect(headers).toEqual((await sdk.sign(request, { signingDate })).headers);
    expect(headers).not.toHaveProperty('x-amz-content-sha256');
  });
});

test('a usual call in Lambda does not fall back to the SDK’s signer', async () => {
  const sha256 = class {
    constructor() {
      throw new Error('not needed');
    }
  } as unknown as Init['sha256'];
  const headers = { host: usual.hostname, 'x-amz-target': 'DynamoDB_20120810.PutItem', 'X-Amzn-Trace-Id': 'Root=1-2' };
  const { ours } = signers({ sha256 });
  const signed = await ours.sign({ ...usual, headers, query: {}, body: '{}' });
  expect(signed.headers.authorization).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-target,');
});

test('a request without a date is signed for the present', async () => {
  const { headers } = await signers().ours.sign({ ...usual, headers: {}, query: {}, body: '{}' });
  const atMs = Date.parse(headers['x-amz-date']?.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5') ?? '');
  expect(Math.abs(Date.now() - atMs)).toBeLessThan(60_000);
});
