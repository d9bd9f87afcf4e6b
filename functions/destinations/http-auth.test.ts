import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import type { AuthOf, DestinationAuth } from '../../core/destination-types/auth.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import { keyOfLargePublicExponent } from '../../test/support/odd-rsa-keys.ts';
import { answer, type Behaviour, hang, Receiver } from '../../test/support/receiver.ts';
import type { AttemptInput, AttemptResult } from './destination-type.ts';
import { httpDestination } from './http.ts';
import { type HttpTarget, httpTarget } from './http-target.fixture.ts';

const sourceId = newId('src');

function delivery(headers: AttemptInput['head']['headers'] = []): AttemptInput {
  return {
    job: firstJob(
      { id: newEventId(sourceId, Date.now()), organizationId: newId('org'), sourceId },
      { id: newId('con'), destinationId: newId('dst') },
    ),
    head: { method: 'POST', path: '', query: '', headers, sourceIp: '192.0.2.1' },
    body: Buffer.from('{}'),
    eventUrl: 'https://hawser.example/events/1',
  };
}

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

let nowMs = Date.now();
const newType = () => httpDestination('loopback', () => nowMs);
let type = newType();
beforeEach(() => {
  nowMs = Date.now();
  type = newType();
});

const sendWith = (over: HttpTarget, sender?: AttemptInput['head']['headers']): Promise<AttemptResult> =>
  type.bind(httpTarget({ url: receiver.url, ...over })).attempt(delivery(sender));

describe('auth', () => {
  it.each<[string, DestinationAuth, string]>([
    ['bearer', { type: 'bearer', token: '3f7d0e5b9a1c4d2e' }, 'Bearer 3f7d0e5b9a1c4d2e'],
    [
      'basic, in UTF-8',
      { type: 'basic', username: 'Aladdin', password: 'öffne: dich' },
      `Basic ${Buffer.from('Aladdin:öffne: dich').toString('base64')}`,
    ],
  ])(
    "the %s header overrides the sender's and the destination's own, and is masked in the log",
    async (_, auth, sent) => {
      const { requestHeaders } = await sendWith({ auth, headers: { authorization: 'of the destination' } }, [
        ['AUTHORIZATION', 'of the sender'],
      ]);
      const { rawHeaders } = receiver.received[0] ?? { rawHeaders: [] };
      expect(rawHeaders.filter((name) => name.toLowerCase() === 'authorization')).toHaveLength(1);
      expect(receiver.received[0]?.headers.authorization).toBe(sent);
      expect(requestHeaders.filter(([name]) => name.toLowerCase() === 'authorization')).toEqual([
        ['Authorization', `••••${sent.slice(-4)}`],
      ]);
    },
  );

  it('an api_key in a header is masked in the log, whatever its name', async () => {
    const auth: DestinationAuth = { type: 'api_key', in: 'header', name: 'X-Team', value: '0123456789abcdef' };
    const { requestHeaders } = await sendWith({ auth }, [['x-team', 'of the sender']]);
    expect(receiver.received[0]?.headers['x-team']).toBe('0123456789abcdef');
    expect(requestHeaders).toContainEqual(['X-Team', '••••cdef']);
  });

  it.each([
    ['', '?key=a%26b%3D%C3%A9'],
    ['?x=a%20b', '?x=a%20b&key=a%26b%3D%C3%A9'],
    ['?', '?key=a%26b%3D%C3%A9'],
  ])('an api_key in the query is appended, and the existing query stays unchanged: %j', async (own, sent) => {
    const auth: DestinationAuth = { type: 'api_key', in: 'query', name: 'key', value: 'a&b=é' };
    const result = await sendWith({ auth, url: `${receiver.url}${own}` });
    expect(receiver.received[0]?.url).toBe(`/hook${sent}`);
    expect(JSON.stringify(result)).not.toContain('a%26b');
  });

  it('an api_key in the query is masked in the log, whatever its name', async () => {
    const auth: DestinationAuth = { type: 'api_key', in: 'query', name: 'Team', value: '0123456789abcdef' };
    const { request } = await sendWith({ auth, url: `${receiver.url}?x=1` });
    expect(receiver.received[0]?.url).toBe('/hook?x=1&Team=0123456789abcdef');
    expect(request?.target).toBe(`${receiver.url}?x=1&Team=••••`);
  });
});

/** A token endpoint that numbers the tokens it hands out. */
const tokensFor = (fields: object = { expires_in: 3600 }): Behaviour => {
  let count = 0;
  return (_, response) => {
    const token = { access_token: `token-number-${++count}`, token_type: 'Bearer', ...fields };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  };
};

describe('oauth2', () => {
  let endpoint: Receiver;
  beforeEach(async () => {
    endpoint = await Receiver.start();
    endpoint.behave = tokensFor();
  });
  afterEach(() => endpoint.stop());

  const auth = (over: Partial<AuthOf<'oauth2'>> = {}): AuthOf<'oauth2'> => ({
    type: 'oauth2',
    token_url: `${endpoint.url}/token`,
    client_id: 'client one',
    client_secret: 'päss:word&co',
    client_authentication: 'basic',
    ...over,
  });
  const id = newId('dst');
  const send = (over: HttpTarget = {}) => sendWith({ id, auth: auth(), ...over });
  const sentTokens = () => receiver.received.map(({ headers }) => headers.authorization);

  it('a token is requested with the client credentials grant of RFC 6749', async () => {
    const { verdict, requestHeaders } = await send({
      auth: auth({ scope: 'events:write x', audience: 'https://api' }),
    });
    expect(verdict).toEqual({ kind: 'delivered' });
    const [asked] = endpoint.received;
    expect(asked).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    });
    const credentials = Buffer.from(String(asked?.headers.authorization).replace('Basic ', ''), 'base64').toString();
    expect(credentials).toBe('client+one:p%C3%A4ss%3Aword%26co');
    expect(Object.fromEntries(new URLSearchParams(asked?.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      scope: 'events:write x',
      audience: 'https://api',
    });
    expect(sentTokens()).toEqual(['Bearer token-number-1']);
    expect(Object.fromEntries(requestHeaders).Authorization).toBe('••••er-1');
  });

  it('the client can authenticate in the form instead of a header', async () => {
    await send({ auth: auth({ client_authentication: 'body' }) });
    const [asked] = endpoint.received;
    expect(asked?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(asked?.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client one',
      client_secret: 'päss:word&co',
    });
  });

  it('a token serves all deliveries of the destination until shortly before it expires', async () => {
    await Promise.all([send(), send()]);
    nowMs += 3_569_000;
    await send();
    expect(endpoint.received).toHaveLength(1);
    nowMs += 1_000;
    await send();
    expect(sentTokens().at(-1)).toBe('Bearer token-number-2');
  });

  it.each([
    ['nothing', {}, 300],
    ['text', { expires_in: '600' }, 600],
    ['nonsense', { expires_in: 'soon' }, 300],
    ['ten years', { expires_in: 315_360_000 }, 86_400],
  ])('a token response with %s as its lifetime (%j) is used for %i s', async (_, fields, seconds) => {
    endpoint.behave = tokensFor(fields);
    await send();
    nowMs += seconds * 1_000 - 31_000;
    await send();
    expect(endpoint.received).toHaveLength(1);
    nowMs += 31_000;
    await send();
    expect(endpoint.received).toHaveLength(2);
  });

  it('destinations and secrets do not share tokens', async () => {
    await send();
    await send({ id: newId('dst') });
    await send({ auth: auth({ client_secret: 'the next one' }) });
    expect(sentTokens()).toEqual([1, 2, 3].map((count) => `Bearer token-number-${count}`));
  });

  it('a cached token answered with 401 is replaced once within the same attempt', async () => {
    await send();
    receiver.behave = (webhook, response) =>
      void response.writeHead(webhook.headers.authorization === 'Bearer token-number-2' ? 200 : 401).end();
    expect((await send()).verdict).toEqual({ kind: 'delivered' });
    expect(sentTokens()).toEqual([1, 1, 2].map((count) => `Bearer token-number-${count}`));
    receiver.behave = answer(401);
    expect((await send()).verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: 401 });
    expect(sentTokens().slice(3)).toEqual([2, 3].map((count) => `Bearer token-number-${count}`));
  });

  it('a new token answered with 401 is not replaced', async () => {
    receiver.behave = answer(401);
    expect((await send()).verdict).toMatchObject({ kind: 'failed', statusCode: 401 });
    expect(receiver.received).toHaveLength(1);
    expect(endpoint.received).toHaveLength(1);
  });

  it.each([
    [
      'refuses with a reason',
      answer(401, '{"error":"invalid_client","error_description":"no\\u0007pe"}'),
      'it answered 401: invalid_client no pe',
    ],
    ['refuses without a reason', answer(503), 'it answered 503'],
    ['redirects', answer(302, '', { location: 'http://127.0.0.1:1/' }), 'it answered 302'],
    ['answers without JSON', answer(200, '<html>'), 'it answered 200 without a bearer token'],
    [
      'answers with another type of token',
      answer(200, '{"access_token":"x","token_type":"mac"}'),
      'without a bearer token',
    ],
    [
      'answers with a token that is no valid header',
      answer(200, '{"access_token":"a\\r\\nX: b"}'),
      'without a bearer token',
    ],
    [
      'breaks the connection',
      ((_, response) => void response.socket?.destroy()) as Behaviour,
      'no token from 127.0.0.1:',
    ],
  ])(
    'a token endpoint that %s is reported as TOKEN_FAILED and retried, and nothing is sent',
    async (_, behave, message) => {
      endpoint.behave = behave;
      const { error, verdict, requestHeaders } = await send();
      expect(error).toEqual({ code: 'TOKEN_FAILED', message: expect.stringContaining(message) });
      expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
      expect(JSON.stringify([error, requestHeaders])).not.toContain('päss');
      expect(receiver.received).toHaveLength(0);
      endpoint.behave = tokensFor();
      expect((await send()).verdict).toEqual({ kind: 'delivered' });
    },
  );

  it("a token endpoint's Retry-After delays the retry", async () => {
    endpoint.behave = answer(429, '', { 'retry-after': '60' });
    expect((await send()).verdict).toMatchObject({ kind: 'failed', retryAfterSeconds: 60 });
  });

  it("a token endpoint that hangs is limited by the attempt's timeout", async () => {
    endpoint.behave = hang;
    const { error } = await send({ timeoutSeconds: 0.2 });
    expect(error).toMatchObject({ code: 'TOKEN_FAILED', message: expect.stringContaining('no answer') });
  });

  it('one timeout covers the whole attempt: token, delivery, another token, another delivery', async () => {
    await send();
    const secondDelivery = Promise.withResolvers<void>();
    receiver.behave = ({ headers }, response) => {
      if (headers.authorization === 'Bearer token-number-2') return secondDelivery.resolve();
      vi.advanceTimersByTime(59_000);
      response.writeHead(401).end();
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const attempt = send({ timeoutSeconds: 60 });
      await secondDelivery.promise;
      vi.advanceTimersByTime(1_000);
      expect((await attempt).error).toEqual({ code: 'TIMEOUT', message: 'no answer within 60 s' });
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['an address', 'https://169.254.169.254/token'],
    ['a name', 'https://localhost/token'],
  ])('a blocked token endpoint fails permanently: %s', async (_, token_url) => {
    const strict = httpDestination('public', Date.now);
    const target = httpTarget({ url: 'https://example.com/', auth: auth({ token_url }) });
    const { error, verdict } = await strict.bind(target).attempt(delivery());
    expect(error?.code).toBe('BLOCKED_ADDRESS');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it('a token endpoint whose host resolves to a private address is not connected to', async () => {
    const lookup = ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: '10.0.0.1', family: 4 }])) as unknown as typeof import('node:dns').lookup;
    const strict = httpDestination('public', Date.now, lookup);
    const target = httpTarget({ url: 'https://example.com/', auth: auth({ token_url: 'https://login.example/' }) });
    const { error } = await strict.bind(target).attempt(delivery());
    expect(error).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('login.example') });
  });
});

describe('a client certificate', () => {
  const authority = new CertificateAuthority();
  const trusted = getCACertificates('default');
  let server: Server;
  let url: string;
  beforeAll(async () => {
    setDefaultCACertificates([...trusted, authority.certificate]);
    const { certificate, privateKey } = authority.sign('localhost');
    const options = { cert: certificate, key: privateKey, ca: authority.certificate, requestCert: true };
    server = createServer(options, (request, response) => {
      response.end(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const sendAs = (name: string, signer = authority) => {
    const { certificate, privateKey } = signer.sign(name);
    return sendWith({ url, config: { client_certificate: { certificate, private_key: privateKey } } });
  };
  const answered = ({ response }: AttemptResult) => Buffer.from(response?.body ?? []).toString();

  it('a client certificate is presented to a server that asks for it', async () => {
    const result = await sendAs('hawser');
    expect(result.verdict).toEqual({ kind: 'delivered' });
    expect(answered(result)).toBe('hawser');
  });

  it('destinations present their own certificates even over kept-alive connections', async () => {
    expect(answered(await sendAs('blue'))).toBe('blue');
    expect(answered(await sendAs('red'))).toBe('red');
  });

  it('a stored certificate whose key breaks newer rules fails permanently', async () => {
    const { certificate, privateKey } = authority.sign('slow', keyOfLargePublicExponent(24_000));
    const { error, verdict } = await sendWith({
      url,
      config: { client_certificate: { certificate, private_key: privateKey } },
    });
    expect(error).toEqual({
      code: 'INVALID_CONFIGURATION',
      message: 'config.client_certificate.private_key must have 2048 to 4096 bits and the public exponent 65537',
    });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it('a missing or untrusted certificate is a failure that is retried', async () => {
    for (const attempt of [sendAs('stranger', new CertificateAuthority()), sendWith({ url })]) {
      expect((await attempt).verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
    }
  });
});
