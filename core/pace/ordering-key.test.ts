import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderingGroup } from './ordering-key.ts';

const request = (body: string | Uint8Array, headers: [string, string][] = []) => ({
  head: { method: 'POST', path: '', query: '', headers, sourceIp: '192.0.2.1' },
  body: typeof body === 'string' ? Buffer.from(body) : body,
});
const byBody = (path: string, body: string) => orderingGroup({ body: path }, request(body));

describe('an ordering key', () => {
  it('an ordering key is the value of a header, ignoring the case of its name', () => {
    const group = (name: string, value: string) =>
      orderingGroup({ header: 'X-Account-Id' }, request('', [[name, value]]));
    expect(group('x-account-id', '7')).toBe(group('X-ACCOUNT-ID', '7'));
    expect(group('x-account-id', '7')).not.toBe(group('x-account-id', '8'));
  });

  it('an ordering key is the text or number at a path of the JSON body', () => {
    const seven = byBody('customer.id', '{"customer":{"id":7}}');
    expect(byBody('customer.id', '{ "other": 1, "customer": { "id": 7 } }')).toBe(seven);
    expect(byBody('customer.id', '{"customer":{"id":"7"}}')).toBe(seven);
    expect(byBody('items.0.id', '{"items":[{"id":7}]}')).toBe(seven);
    expect(byBody('customer.id', '{"customer":{"id":8}}')).not.toBe(seven);
  });

  it.each([
    ['no JSON', 'id', 'plain text'],
    ['not UTF-8 text', 'id', Buffer.from([0x22, 0xff, 0x22])],
    ['neither text nor number there', 'id', '{"id":true}'],
    ['an object there', 'customer', '{"customer":{"id":7}}'],
    ['nothing there', 'customer.id', '{"customer":null}'],
    ['only what every object inherits', 'constructor.name', '{}'],
    ['an empty body', 'id', ''],
  ])('events without a key are ordered among themselves: there is %s', (_, path, body) => {
    expect(orderingGroup({ body: path }, request(body))).toBe('');
  });

  it('64-bit numbers that are the same double are different keys', () => {
    expect(byBody('id', '{"id":9007199254740993}')).not.toBe(byBody('id', '{"id":9007199254740992}'));
  });

  it('a repeated header is no ordering key', () => {
    const twice = request('', [
      ['X-Account-Id', '7'],
      ['x-account-id', '8'],
    ]);
    expect(orderingGroup({ header: 'X-Account-Id' }, twice)).toBe('');
  });

  it('any body and path give a group and no exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.string({ minLength: 1 }), (body, path) => {
        expect(byBody(path, body)).toMatch(/^([\w-]{11})?$/);
      }),
    );
  });

  it('a deeply nested body has a group', () => {
    expect(byBody('a', `${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toBe('');
  });
});
