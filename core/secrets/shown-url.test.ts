import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SHOWN_URL_LENGTH, shownUrl as ofUrl, shownTarget, urlShownTo } from './shown-url.ts';

const shownUrl = (url: string, secretParameters?: ReadonlySet<string>) => ofUrl(new URL(url), secretParameters);

/** Texts that occur nowhere else in the URLs of these tests. */
const secrets = fc.string({ unit: fc.constantFrom(...'QXZ789_-~%41'), minLength: 6, maxLength: 60 });
const hosts = fc.constantFrom('example.com', 'api.example.com:8443', '192.0.2.1', '[2001:db8::1]', 'hooks.example.com');
const words = fc.string({ unit: fc.constantFrom(...'abcdef%20+.'), minLength: 1, maxLength: 12 });
const harmlessNames = fc.constantFrom(
  'region',
  'v',
  'page',
  'monkeys',
  'country_code',
  'designer',
  'idempotency_key',
  'a%5B%5D',
);
const secretNames = fc.constantFrom(
  ...[
    'token',
    'access_token',
    'accessToken',
    'key',
    'routing_key',
    'api-key',
    'apiKey',
    'apikey',
    'subscription-key',
    'secret',
  ],
  ...['client_secret', 'password', 'passwd', 'pwd', 'signature', 'X-Amz-Signature', 'X-Amz-Credential', 'sig', 'code'],
  ...['auth', 'auth%5Btoken%5D', 'user%5Bkey%5D', '%74oken', 'jwt', 'SESSION_ID', 'x.hmac', '%EF%BB%BFtoken'],
  ...['event_key', 'partitionKey', 'cachekey', 'preventKey', 'access-control-token'],
  ...['cookie', 'bearer', 'x_otp', 'passphrase', 'userPass', 'authentication'],
);

describe('a URL in the log', () => {
  it('a URL without secrets is logged unchanged', () => {
    const parameters = fc.array(fc.tuple(harmlessNames, words), { maxLength: 4 });
    fc.assert(
      fc.property(hosts, fc.array(words, { maxLength: 5 }), parameters, (host, path, query) => {
        const search = query.map(([name, value]) => `${name}=${value}`).join('&');
        const { href } = new URL(`https://${host}/${path.join('/')}${search && `?${search}`}`);
        expect(shownUrl(href)).toBe(href);
      }),
    );
  });

  it('the value of a parameter named like a secret is masked', () => {
    fc.assert(
      fc.property(hosts, secretNames, secrets, harmlessNames, words, (host, name, secret, other, value) => {
        const url = `https://${host}/hook?${other}=${value}&${name}=${secret}&${other}=${value}`;
        expect(shownUrl(url)).not.toContain(secret);
        expect(shownUrl(url)).toBe(
          new URL(`https://${host}/hook?${other}=${value}&${name}=••••&${other}=${value}`).href.replaceAll(
            '%E2%80%A2',
            '•',
          ),
        );
      }),
    );
  });

  it('the credential of a destination is masked, whatever the name of its parameter', () => {
    fc.assert(
      fc.property(hosts, harmlessNames, secrets, (host, name, secret) => {
        const [[decoded = ''] = []] = new URLSearchParams(name);
        expect(shownUrl(`https://${host}/?${name}=${secret}`, new Set([decoded]))).not.toContain(secret);
      }),
    );
  });

  it('user name and password are masked', () => {
    fc.assert(
      fc.property(hosts, secrets, secrets, (host, user, password) => {
        expect(shownUrl(`https://${user}:${password}@${host}/a`)).toBe(
          `https://••••@${new URL(`https://${host}`).host}/a`,
        );
      }),
    );
  });

  it.each([
    ['https://hooks.slack.com/services/', 'T00000000/B00000000/'],
    ['https://hooks.slack-gov.com/services/', 'T00000000/B00000000/'],
    ['https://hooks.slack.com/workflows/', 'T00000000/A00000000/1/'],
    ['https://hooks.slack.com/', 'another/form/of/'],
    ['https://discord.com/api/webhooks/', '223704706495545344/'],
    ['https://discord.com/api/v10/webhooks/', '223704706495545344/'],
    ['https://ptb.discord.com/api/webhooks/', '223704706495545344/'],
    ['https://discordapp.com/api/webhooks/', '223704706495545344/'],
    ['https://discord.com./api/webhooks/', '223704706495545344/'],
    ['https://hooks.zapier.com/hooks/catch/', '123456/'],
    ['https://acme.webhook.office.com/webhookb2/', 'a@b/IncomingWebhook/'],
    ['https://outlook.office.com/webhook/', 'a@b/IncomingWebhook/'],
    ['https://hook.eu2.make.com/', ''],
    ['https://hook.integromat.com/', ''],
    ['https://maker.ifttt.com/trigger/paid/with/key/', ''],
    ['https://maker.ifttt.com/trigger/paid/json/with/key/', ''],
    ['https://api.telegram.org/bot', '123456:'],
  ])('a URL that is itself a secret shows only %s', (shown, first) => {
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(shownUrl(`${shown}${first}${secret}`)).toBe(`${shown}••••`);
        expect(shownUrl(`${shown}${first}${secret}?wait=true`)).toBe(`${shown}••••?wait=true`);
      }),
    );
  });

  it.each([
    'https://hooks.slack.com.example.com/services/T0/B0/x',
    'https://notdiscord.com/api/webhooks/1/x',
    'https://discord.com.evil.example/api/webhooks/1/x',
    'https://example.com/services/hooks.slack.com/x',
  ])('a URL of another host is shown completely: %s', (url) => {
    expect(shownUrl(url)).toBe(url);
  });

  it('a long URL is truncated visibly, to what a row has room for', () => {
    const url = `https://example.com/${'a'.repeat(2_000)}?token=0123456789abcdef`;
    expect(shownUrl(url)).toBe(`${url.slice(0, MAX_SHOWN_URL_LENGTH - 1)}…`);
    expect(shownTarget(`s3://bucket/${'k'.repeat(1_024)}`)).toHaveLength(MAX_SHOWN_URL_LENGTH);
    const fits = `https://example.com/${'a'.repeat(MAX_SHOWN_URL_LENGTH - 'https://example.com/'.length)}`;
    expect(shownUrl(fits)).toBe(fits);
  });
});

describe('a URL shown to a read-only key', () => {
  const long = 'a'.repeat(600);
  it.each([`https://example.com/${long}?token=SECRET`, `https://example.com/hook?state=${long}&sig=SECRET`])(
    'a secret far behind in a URL is masked for read-only keys: %#',
    (url) => {
      expect(urlShownTo('read', url)).not.toContain('SECRET');
      expect(urlShownTo('write', url)).toBe(url);
    },
  );

  it('a URL without secrets is shown as given, however long', () => {
    const url = `https://EXAMPLE.com?state=${long}`;
    expect(urlShownTo('read', url)).toBe(url);
  });
});
