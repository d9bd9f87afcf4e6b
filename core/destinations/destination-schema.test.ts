import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_BREAKER } from '../circuit/circuit.ts';
import { destinationTypes } from '../destination-types/registry.ts';
import { NO_PACE } from '../pace/pace.ts';
import { DEFAULT_RETRY_POLICY } from '../retries/retry-policy.ts';
import { maskCredentials } from './destination.ts';
import { changeOf, createDestination, rotateSecret, settingsOf, updateDestination } from './destination-schema.ts';

const url = 'https://example.com:8443/hook';
const create = (fields: object) => createDestination.safeParse({ url, ...fields });
const paths = (fields: object) => create(fields).error?.issues.map(({ path }) => path.join('.'));

describe('a new destination', () => {
  it('a new destination requires only a URL', () => {
    expect(createDestination.safeParse({}).success).toBe(false);
    const settings = settingsOf(createDestination.parse({ url }));
    expect(settings).toEqual({
      name: 'example.com:8443',
      slug: 'example-com-8443',
      description: null,
      target: { type: 'http', url, method: null, config: {} },
      signing: { scheme: 'standard' },
      timeoutSeconds: 10,
      retryPolicy: DEFAULT_RETRY_POLICY,
      circuitBreaker: DEFAULT_CIRCUIT_BREAKER,
      pace: NO_PACE,
      enabled: true,
    });
  });

  it('the slug is made from the name unless one is given', () => {
    const slugOfName = (fields: object) => settingsOf(createDestination.parse({ url, ...fields })).slug;
    expect(slugOfName({ name: ' Bücher & Söhne: Backend API ' })).toBe('bucher-sohne-backend-api');
    expect(slugOfName({ name: '日本' })).toBeNull();
    expect(slugOfName({ name: 'Backend', slug: 'b' })).toBe('b');
    expect(slugOfName({ name: 'Backend', slug: null })).toBeNull();
  });

  it.each([
    ['name', ''],
    ['name', ' '],
    ['name', 'x'.repeat(101)],
    ['name', 'half a pair \ud800'],
    ['name', 'two\nlines'],
    ['name', 'two\u2028lines'],
    ['name', 'reads otherwise \u202egnp.exe'],
    ['name', 'isolates what follows \u2067'],
    ['name', 'a\u0000b'],
    ['name', 'a\u001b[31mb'],
    ['name', 'a\u0085b'],
    ['description', '\udc00'],
    ['secret', '\ud83dand no more'],
    ['slug', 'Not A Slug'],
    ['url', 5],
    ['type', 'carrier-pigeon'],
    ['method', 'post'],
    ['method', 'CONNECT'],
    ['signing', { scheme: 'rot13' }],
    ['timeout_seconds', 0],
    ['timeout_seconds', 61],
    ['timeout_seconds', 1.5],
    ['timeout_seconds', '10'],
    ['retry_max_attempts', -1],
    ['retry_max_attempts', 11],
    ['retry_backoff_type', 'quadratic'],
    ['retry_intervals', []],
    ['retry_intervals', [0]],
    ['retry_intervals', [604_801]],
    ['retry_intervals', Array(11).fill(1)],
    ['retry_intervals', 30],
    ['circuit_breaker', false],
    ['circuit_breaker', { failure_threshold: 0 }],
    ['circuit_breaker', { failure_threshold: 101 }],
    ['circuit_breaker', { cooldown_seconds: 3_601 }],
    ['circuit_breaker', { threshold: 5 }],
    ['enabled', 'yes'],
    ['secret', 'short'],
    ['secret', '••••abcd1234'],
    ['secret', 'whsec_not base64!'],
    ['secret', 'whsec_'],
    ['secret', 'whsec_AAAABBBBC'],
    ['secret', 'whsec_abc'],
    ['secret', 'whsec_AAAABBBBCC=='],
    ['headers', { 'X A': 'b' }],
    ['headers', { 'X-A': 'line\nbreak' }],
    ['headers', { 'X-A': '••••abcd' }],
    ['headers', { 'X-A': '' }],
    ['headers', { 'X-A': 1 }],
    ['headers', { 'X-A': '1', 'x-a': '2' }],
    ['headers', { Host: 'example.com' }],
    ['headers', { 'Content-Length': '3' }],
    ['headers', { 'Webhook-Signature': 'v1,x' }],
    ['headers', { 'X-Hawser-Event-Id': 'x' }],
    ['headers', { 'CDN-Loop': 'hawser' }],
    ['headers', { 'X-A': 'x'.repeat(4097) }],
    ['headers', Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, 'x']))],
    ['headers', Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`X-${index}`, 'x'.repeat(4000)]))],
  ])('an invalid %s is refused, naming the field: %j', (field, value) => {
    expect(paths({ [field]: value })?.[0]?.split('.')[0]).toBe(field);
  });

  it('an unknown type is refused with the list of types', () => {
    for (const type of ['carrier_pigeon', 'HTTP', null, 5]) {
      expect(create({ type }).error?.issues[0]).toMatchObject({
        path: ['type'],
        message: `must be one of: ${destinationTypes.join(', ')}`,
      });
    }
  });

  it('unknown fields are refused', () => {
    const issue = { code: 'unrecognized_keys', keys: ['transform'] };
    expect(create({ transform: {} }).error?.issues[0]).toMatchObject(issue);
  });

  it('omitted fields of the circuit breaker have their defaults', () => {
    const { circuitBreaker } = settingsOf(createDestination.parse({ url, circuit_breaker: { cooldown_seconds: 5 } }));
    expect(circuitBreaker).toEqual({ enabled: true, failureThreshold: 5, cooldownSeconds: 5 });
  });

  it('a rate limit, an order by a path of the body, and a concurrency are accepted', () => {
    const fields = {
      rate_limit: { limit: 500, period: 'second' },
      ordering: { fifo_by: { body: 'items.0.customer id' } },
      max_concurrency: 64,
    };
    expect(settingsOf(createDestination.parse({ url, ...fields })).pace).toEqual({
      rateLimit: { limit: 500, period: 'second' },
      ordering: { fifoBy: { body: 'items.0.customer id' } },
      maxConcurrency: 64,
    });
    expect(create({ ordering: 'fifo' }).data?.ordering).toBe('fifo');
    expect(create({ ordering: { fifo_by: { header: 'X-Account-Id' } } }).success).toBe(true);
  });

  it.each([
    ['rate_limit', { limit: 501, period: 'second' }],
    ['rate_limit', { limit: 30_001, period: 'minute' }],
    ['rate_limit', { limit: 0, period: 'hour' }],
    ['rate_limit', { limit: 1.5, period: 'hour' }],
    ['rate_limit', { limit: 1, period: 'day' }],
    ['max_concurrency', 0],
    ['max_concurrency', 65],
    ['ordering', 'lifo'],
    ['ordering', { fifo_by: {} }],
    ['ordering', { fifo_by: { header: 'X Account' } }],
    ['ordering', { fifo_by: { body: '' } }],
    ['ordering', { fifo_by: { body: 'customer..id' } }],
    ['ordering', { fifo_by: { body: 'x'.repeat(257) } }],
    ['ordering', { fifo_by: { header: 'X-Account', body: 'id' } }],
  ])('an invalid %s is refused, naming the field of the pace: %j', (field, value) => {
    expect(paths({ [field]: value })?.[0]?.split('.')[0]).toBe(field);
  });

  it('a secret is any text, or base64 after whsec_', () => {
    expect(create({ secret: 'correct horse battery' }).success).toBe(true);
    expect(create({ secret: 'schlüssel' }).success).toBe(true);
    expect(create({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }).success).toBe(true);
    expect(create({ secret: 'whsec_AAAABBBBCCC' }).success).toBe(true);
  });

  it('a whsec_ secret that is too short is refused, naming the minimum', () => {
    const tooShort = { path: ['secret'], message: 'must have at least 8 bytes, as base64, after whsec_' };
    expect(create({ secret: 'whsec_abc' }).error?.issues).toMatchObject([tooShort]);
    expect(updateDestination.safeParse({ secret: 'whsec_abc' }).error?.issues).toMatchObject([tooShort]);
    expect(rotateSecret.safeParse({ secret: 'whsec_abc' }).error?.issues).toMatchObject([tooShort]);
  });

  it('all numbers within the limits are accepted', () => {
    const interval = fc.integer({ min: 1, max: 604_800 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 10 }),
        fc.array(interval, { minLength: 1, maxLength: 10 }),
        (timeout_seconds, retry_max_attempts, retry_intervals) => {
          const fields = { timeout_seconds, retry_max_attempts, retry_intervals };
          expect(create(fields).data).toMatchObject(fields);
        },
      ),
    );
  });
});

describe('an update of a destination', () => {
  it('an update leaves unnamed fields alone', () => {
    const change = changeOf(updateDestination.parse({ retry_max_attempts: 3, description: null }));
    expect(JSON.parse(JSON.stringify(change))).toEqual({
      description: null,
      retryPolicy: { maxRetries: 3 },
      pace: {},
      target: {},
    });
  });

  it('an empty update is refused', () => {
    expect(updateDestination.safeParse({}).success).toBe(false);
  });

  it('an update can change neither type nor id', () => {
    expect(updateDestination.safeParse({ type: 'http' }).success).toBe(false);
    expect(updateDestination.safeParse({ id: 'dst_1' }).success).toBe(false);
  });
});

describe('shown credentials', () => {
  it('shown secrets are masked down to four characters, or completely if they are short', () => {
    const shown = maskCredentials({
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      headers: {
        Authorization: 'Bearer 0123456789',
        'X-Api-Key': 'tiny',
        'X-Pwd': '0123456789abcdef',
        'X-Environment': 'production',
      },
    });
    expect(shown).toEqual({
      secret: '••••LaSw',
      headers: { Authorization: '••••6789', 'X-Api-Key': '••••', 'X-Pwd': '••••cdef', 'X-Environment': 'production' },
    });
  });
});
