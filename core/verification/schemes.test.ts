import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { maskVerification, shownVerification, verificationField, verifierOf } from './registry.ts';
import { NOW_MS, received, senders } from './senders.fixture.ts';

describe('a challenge', () => {
  const challengeOf = (settings: object, body: string) =>
    verifierOf(verificationField.parse(settings)).challenge(received({ body }));
  const slack = { type: 'slack', secret: '8f742231b10e8888abcd99yyyzzz85a5' };
  const discord = {
    type: 'discord',
    public_key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  };

  it('a challenge of Slack is answered with its text', () => {
    const body = '{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY","type":"url_verification"}';
    const answer = { statusCode: 200, contentType: 'text/plain', body: '3eZbrw1aBm2rZgRNFdxV2595E9CY' };
    expect(challengeOf(slack, body)).toEqual(answer);
  });

  it('a challenge of Discord is answered with 204 for events, and in kind for interactions', () => {
    const events = '{"version":1,"application_id":"1","type":0}';
    expect(challengeOf(discord, events)).toEqual({ statusCode: 204, contentType: 'application/json', body: '' });
    const interactions = '{"id":"1","application_id":"1","type":1,"version":1}';
    const pong = { statusCode: 200, contentType: 'application/json', body: '{"type":1}' };
    expect(challengeOf(discord, interactions)).toEqual(pong);
  });

  it.each([
    ['an event of Slack that has a challenge in it', slack, '{"type":"event_callback","challenge":"x"}'],
    ['a challenge of Slack that is no text', slack, '{"type":"url_verification","challenge":{}}'],
    ['an event of Discord', discord, '{"version":1,"type":1,"event":{"type":"ENTITLEMENT_CREATE"}}'],
    ['a command of Discord', discord, '{"id":"1","type":2}'],
    [
      'a Slack challenge to a source of another scheme',
      { type: 'github', secret: 'a-secret-of-github' },
      '{"type":"url_verification","challenge":"x"}',
    ],
  ])('%s is not a challenge', (_, settings, body) => {
    expect(challengeOf(settings, body)).toBeUndefined();
  });
});

describe('verification settings', () => {
  it.each(senders)('settings of $name are shown with their secrets masked', ({ settings }) => {
    const given = verificationField.parse(settings.rotated);
    const shown = maskVerification(given);
    expect(shownVerification.parse(JSON.parse(JSON.stringify(shown)))).toEqual(shown);
    expect(Object.keys(shown)).toEqual(Object.keys(given));
    for (const [name, value] of Object.entries(given)) {
      const isSecret = /^(previous_)?(secret|password|token|key)$/.test(name) && value !== null;
      expect([name, shown[name]]).toEqual([name, isSecret ? `••••${String(value).slice(-4)}` : value]);
    }
  });

  const hmac = { type: 'hmac', secret: 'a-secret-of-hmac', header: 'X-Signature' };
  it.each([
    ['an unknown type', { type: 'nothing' }, 'type'],
    ['no type', {}, 'type'],
    ['a field of another scheme', { type: 'github', secret: 'a-secret-of-github', header: 'X' }, ''],
    ['no secret', { type: 'github' }, 'secret'],
    ['a short secret', { type: 'github', secret: 'short' }, 'secret'],
    ['a masked secret', { type: 'github', secret: '••••••••abcd' }, 'secret'],
    [
      'a window of nothing',
      { type: 'stripe', secret: 'a-secret-of-stripe', tolerance_seconds: 0 },
      'tolerance_seconds',
    ],
    ['a window of no signed time', { ...hmac, tolerance_seconds: 60 }, 'tolerance_seconds'],
    ['a secret that was cut', { type: 'standard_webhooks', secret: 'whsec_AAAABBBBC' }, 'secret'],
    ['a secret of padding alone', { type: 'standard_webhooks', secret: 'whsec_====' }, 'secret'],
    ['a secret of seven bytes', { type: 'standard_webhooks', secret: 'whsec_AAAABBBBCC==' }, 'secret'],
    ['a secret with half its padding', { type: 'standard_webhooks', secret: 'whsec_AAAABBBBCC=' }, 'secret'],
    [
      'a secret before that is none',
      { type: 'standard_webhooks', secret: 'whsec_AAAABBBBCCCC', previous_secret: 'whsec_AAAA!' },
      'previous_secret',
    ],
    [
      'a window of a week',
      { type: 'stripe', secret: 'a-secret-of-stripe', tolerance_seconds: 604_800 },
      'tolerance_seconds',
    ],
    ['a header that is none', { ...hmac, header: 'X Signature' }, 'header'],
    [
      'a payload without the body',
      { ...hmac, timestamp_header: 'X-Time', signed_payload: '{timestamp}' },
      'signed_payload',
    ],
    ['a payload that has the body twice', { ...hmac, signed_payload: '{body}{body}' }, 'signed_payload'],
    ['a time in the payload that no header has', { ...hmac, signed_payload: '{timestamp}.{body}' }, 'signed_payload'],
    ['a time that is not signed', { ...hmac, timestamp_header: 'X-Time', signed_payload: '{body}' }, 'signed_payload'],
    ['a key that is not on the curve', { type: 'sendgrid', public_key: 'MFkw' }, 'public_key'],
    ['a key of another length', { type: 'discord', public_key: 'd75a98' }, 'public_key'],
    ['a URL with a query', { type: 'square', secret: 'a-secret-of-square', url: 'https://example.com/?a=1' }, 'url'],
    ['a user name with a colon', { type: 'basic', username: 'a:b', password: 'a-password' }, 'username'],
  ])('settings with %s are refused, naming the field', (_, settings, path) => {
    const { error } = verificationField.safeParse(settings);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});

describe('standard_webhooks', () => {
  /** The verdict on a request signed by the library that senders use. */
  const outcome = (kept: { readonly type: string; readonly secret: string }) => {
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(NOW_MS / 1000),
      'webhook-signature': new Webhook(kept.secret).sign('msg_1', new Date(NOW_MS), 'body'),
    };
    return verifierOf(kept).verify(received({ headers: Object.entries(headers), body: 'body' }), NOW_MS);
  };

  it.each(['whsec_AAAABBBBCCC=', 'whsec_AAAABBBBCCC', 'whsec_AAAABBBBCCCCDD', 'whsec_AAAABBBBCCCC'])(
    'a secret is accepted with or without padding, as by the library of its senders: %s',
    (secret) => {
      const settings = { type: 'standard_webhooks', secret };
      expect(verificationField.safeParse(settings).success).toBe(true);
      expect(outcome(settings)).toBe('verified');
    },
  );

  it('a stored secret of fewer than eight bytes, which used to be accepted, still verifies', () => {
    expect(outcome({ type: 'standard_webhooks', secret: 'whsec_aGVsbG8=' })).toBe('verified');
  });
});

describe('hmac', () => {
  const settings = { type: 'hmac', secret: 'a-secret-of-hmac', header: 'X-Signature', prefix: 'sha256=' };
  const { verify } = verifierOf(verificationField.parse(settings));
  // printf body | openssl dgst -sha256 -hmac a-secret-of-hmac
  const digest = '37b1e4f8fab10444587d7d53b8555741939801754de98424624a2c5b81b5ca57';

  it.each([
    ['upper-case hex', (hex: string) => `sha256=${hex.toUpperCase()}`, 'verified'],
    ['one of several signatures', (hex: string) => `sha256=00, sha256=${hex}`, 'verified'],
    ['one of several that only a space parts', (hex: string) => `sha256=00 sha256=${hex}`, 'verified'],
    ['a signature without its prefix', (hex: string) => hex, 'signature_mismatch'],
  ] as const)('a request with %s is judged %s', (_, headerOf, expected) => {
    expect(verify(received({ headers: [['X-Signature', headerOf(digest)]], body: 'body' }), NOW_MS)).toBe(expected);
  });

  it('a prefix may contain a space', () => {
    const inAuthorization = { ...settings, header: 'Authorization', prefix: 'HMAC ' };
    const request = received({ headers: [['Authorization', `HMAC ${digest}`]], body: 'body' });
    expect(verifierOf(verificationField.parse(inAuthorization)).verify(request, NOW_MS)).toBe('verified');
  });
});
