import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeaderList, maskSecretHeaders, senderHeaders, withHeaders } from './delivery-headers.ts';

const tokens = fc.string({ unit: fc.constantFrom(...'abcXYZ-09'), minLength: 1, maxLength: 12 });
const anyHeaders = fc.array(fc.tuple(tokens, fc.string()), { maxLength: 12 });

describe('the headers of a delivery', () => {
  it("keep the sender's order, case and repetitions", () => {
    const sent: HeaderList = [
      ['Content-Type', 'application/json'],
      ['X-GitHub-Event', 'push'],
      ['x-list', 'a'],
      ['X-List', 'b'],
      ['x-amz-sns-message-type', 'Notification'],
    ];
    expect(senderHeaders(sent)).toEqual(sent);
  });

  it.each([
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'X-Forwarded-For',
    'X-Amzn-Trace-Id',
    'Via',
    'CloudFront-Viewer-Country',
    'x-hawser-event-id',
    'Expect',
    'Upgrade',
  ])('leave out %s', (name) => {
    expect(senderHeaders([[name, 'x']])).toEqual([]);
  });

  it('leave out what Connection names', () => {
    expect(
      senderHeaders([
        ['Connection', 'close, X-Private'],
        ['x-private', '1'],
        ['X-Kept', '2'],
      ]),
    ).toEqual([['X-Kept', '2']]);
  });

  it("let the destination's own win, whatever the case", () => {
    fc.assert(
      fc.property(anyHeaders, anyHeaders, (base, overrides) => {
        const merged = withHeaders(base, overrides);
        for (const [name] of overrides) {
          const of = (list: HeaderList) => list.filter(([other]) => other.toLowerCase() === name.toLowerCase());
          expect(of(merged)).toEqual(of(overrides));
        }
        expect(merged.length).toBeLessThanOrEqual(base.length + overrides.length);
      }),
    );
  });

  it('are logged with secrets masked', () => {
    const logged = maskSecretHeaders(
      [
        ['Authorization', 'Bearer abcdefgh12345678'],
        ['X-Api-Key', 'short'],
        ['X-Own', 'configured-value-9999'],
        ['Content-Type', 'text/plain'],
      ],
      new Set(['x-own']),
    );
    expect(logged).toEqual([
      ['Authorization', '••••5678'],
      ['X-Api-Key', '••••'],
      ['X-Own', '••••9999'],
      ['Content-Type', 'text/plain'],
    ]);
  });
});
