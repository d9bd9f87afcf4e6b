import { describe, expect, it } from 'vitest';
import { received } from '../verification/senders.fixture.ts';

describe('a header', () => {
  it('a header is found in any case', () => {
    expect(received({ headers: [['X-Signature', 'abc']], body: '' }).header('x-sIGNATURE')).toBe('abc');
  });

  it.each([
    ['is not there', []],
    [
      'is there twice',
      [
        ['x-signature', 'abc'],
        ['X-Signature', 'abc'],
      ] as const,
    ],
    [
      'is there three times',
      [
        ['x-signature', 'abc'],
        ['X-Signature', 'abc'],
        ['X-Signature', 'abc'],
      ] as const,
    ],
    ['is too long to be a signature', [['x-signature', 'a'.repeat(4_097)]] as const],
  ])('a header that %s has no value', (_, headers) => {
    expect(received({ headers, body: '' }).header('x-signature')).toBeUndefined();
  });
});

describe("the text at a path of the body's JSON", () => {
  it.each([
    ['{"id":"evt_1"}', ['id'], 'evt_1'],
    ['{"data":{"object":{"id":7}}}', ['data', 'object', 'id'], '7'],
    ['[{"id":"a"},{"id":"b"}]', ['1', 'id'], 'b'],
    ['{"id":9007199254740993}', ['id'], '9007199254740993'],
    ['{"id":9007199254740992}', ['id'], '9007199254740992'],
    ['{"id":1.50}', ['id'], '1.50'],
  ])('the text of %s at %j is %s', (body, path, expected) => {
    expect(received({ body }).textAt(...path)).toBe(expected);
  });

  it.each([
    ['no JSON', '{"id":', ['id']],
    ['not there', '{"id":"a"}', ['data', 'id']],
    ['empty', '{"id":""}', ['id']],
    ['an object', '{"id":{}}', ['id']],
    ['inherited', '[]', ['__proto__', 'length']],
    ['longer than an id', `{"id":"${'x'.repeat(1_025)}"}`, ['id']],
    ['in a body too long to be parsed', `{"id":"a","more":"${'x'.repeat(1_048_576)}"}`, ['id']],
    ['nested beyond the stack', `${'['.repeat(500_000)}9007199254740993${']'.repeat(500_000)}`, ['0']],
  ])('there is no text if it is %s', (_, body, path) => {
    expect(received({ body }).textAt(...path)).toBeUndefined();
  });

  it('there is no text if the body is not UTF-8', () => {
    expect(received({ body: Buffer.from('{"id":"\xff"}', 'latin1') }).textAt('id')).toBeUndefined();
  });
});
