import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderingGroup } from './ordering-key.ts';

const request = (body: string | Uint8Array, headers: [string, string][] = []) => ({
  headers,
  body: typeof body === 'string' ? Buffer.from(body) : body,
});
const byBody = (path: string, body: string) => orderingGroup({ body: path }, request(body));

describe('an ordering key', () => {
  it('is the value of a header, whatever the case of its name', () => {
    const group = (name: string, value: string) =>
      orderingGroup({ header: 'X-Account-Id' }, request('', [[name, value]]));
    expect(group('x-account-id', '7')).toBe(group('X-ACCOUNT-ID', '7'));
    expect(group('x-account-id', '7')).not.toBe(group('x-account-id', '8'));
  });

  it('is the text, number or boolean at a path of the JSON body', () => {
    const seven = byBody('customer.id', '{"customer":{"id":7}}');
    expect(byBody('customer.id', '{ "other": 1, "customer": { "id": 7 } }')).toBe(seven);
    expect(byBody('customer.id', '{"customer":{"id":"7"}}')).toBe(seven);
    expect(byBody('items.0.id', '{"items":[{"id":7}]}')).toBe(seven);
    expect(byBody('customer.id', '{"customer":{"id":8}}')).not.toBe(seven);
    expect(byBody('customer.id', '{"customer":{"id":true}}')).not.toBe('');
  });

  it.each([
    ['no JSON', 'id', 'plain text'],
    ['not UTF-8 text', 'id', Buffer.from([0x22, 0xff, 0x22])],
    ['an object there', 'customer', '{"customer":{"id":7}}'],
    ['nothing there', 'customer.id', '{"customer":null}'],
    ['only what every object inherits', 'constructor.name', '{}'],
    ['an empty body', 'id', ''],
  ])('is missing where there is %s: such events are ordered among themselves', (_, path, body) => {
    expect(orderingGroup({ body: path }, request(body))).toBe('');
  });

  it('of any body and path is a group, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.string({ minLength: 1 }), (body, path) => {
        expect(byBody(path, body)).toMatch(/^([\w-]{11})?$/);
      }),
    );
  });

  it('does not mind how deep a body is nested', () => {
    expect(byBody('a', `${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toBe('');
  });
});
