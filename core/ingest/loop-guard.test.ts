import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeaderList, senderHeaders } from '../deliveries/delivery-headers.ts';
import { keepPassages, loopHeader, MAX_PASSAGES, passagesOf } from './loop-guard.ts';

const loop = (...lines: readonly string[]): HeaderList => lines.map((line) => ['CDN-Loop', line]);

/** What a request has come through, where others stand between. */
const ofOthers = fc.constantFrom(
  'cloudflare; loops=1',
  'Fastly',
  'cdn.example:8080',
  'a;b="x, hawser, y"',
  'a; b="\\", hawser"; c=d',
  'hawser.example',
  'not-hawser',
);
const ofHawser = fc.constantFrom('hawser', 'Hawser', ' hawser\t', 'hawser;a=b', 'hawser ; a="1, hawser"');
const anyText = fc.string({ unit: fc.constantFrom(...'hawser",;\\ \t=x\u0000é'), maxLength: 200 });

describe('the count of passages through Hawser', () => {
  it.each<[string, HeaderList, number]>([
    ['no header', [], 0],
    ['an empty one', loop(''), 0],
    ['an entry of another', loop('cloudflare; loops=1'), 0],
    ['its own entries, over several lines', loop('hawser, hawser', 'fastly, hawser'), 3],
    ['a name that only contains it', loop('hawser.example, hawser:443, xhawser, "hawser", a;hawser'), 0],
    ['a comma in what another has quoted', loop('a;b="c, hawser", hawser'), 1],
    ['a quote that does not end', loop('a;b="c, hawser', 'hawser'), 1],
    ['another header', [['Via', 'hawser']], 0],
  ])('passages are counted for %s', (_, headers, times) => {
    expect(passagesOf(headers)).toBe(times);
  });

  it('passages are the number of Hawser’s entries, with any others between them and any division into lines', () => {
    const entries = fc.array(fc.tuple(fc.oneof(ofOthers, ofHawser), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(entries, (made) => {
        const lines: string[] = [];
        for (const [entry, isNewLine] of made) {
          const line = isNewLine ? undefined : lines.pop();
          lines.push(line === undefined ? entry : `${line},${entry}`);
        }
        const own = made.filter(([entry]) => /^\s*hawser\s*(;|$)/i.test(entry)).length;
        expect(passagesOf(loop(...lines))).toBe(own);
      }),
    );
  });

  it('any header gives a number of passages', () => {
    fc.assert(
      fc.property(fc.array(anyText), (lines) => {
        const times = passagesOf(loop(...lines));
        expect(Number.isInteger(times)).toBe(true);
        expect(times).toBeLessThanOrEqual(lines.join().length);
      }),
    );
  });

  // With backtracking, this would take hours.
  it.each([',', '"', '\\', '"\\', ' ', ';', '",'])('a long header is read in one pass: %s', (unit) => {
    expect(passagesOf(loop(unit.repeat(500_000)))).toBe(0);
  });
});

describe('the header of a delivery', () => {
  it('the header has one more of Hawser’s entries, in one line, and no others', () => {
    expect(loopHeader([])).toEqual(['CDN-Loop', 'hawser']);
    expect(loopHeader(loop('cloudflare; loops=1', 'hawser, fastly'))).toEqual(['CDN-Loop', 'hawser, hawser']);
  });

  it('the count grows from hop to hop until the webhook is refused', () => {
    let headers: HeaderList = [];
    for (let hop = 1; hop <= MAX_PASSAGES; hop++) {
      expect(passagesOf(headers)).toBeLessThan(MAX_PASSAGES);
      headers = [loopHeader(headers)];
      expect(passagesOf(headers)).toBe(hop);
    }
  });

  it('the header stays small, and keeps the count, whatever the event came with', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, ofHawser), { maxLength: 40 }), (lines) => {
        const [name, value] = loopHeader(loop(...lines));
        expect(passagesOf([[name, value]])).toBe(Math.min(passagesOf(loop(...lines)) + 1, MAX_PASSAGES));
        expect(value.length).toBeLessThan(80);
      }),
    );
  });
});

describe('the result of a transform', () => {
  const lines = fc.array(fc.oneof(anyText, ofHawser), { maxLength: 5 });

  it('a transform cannot change the count of passages', () => {
    fc.assert(
      fc.property(lines, lines, (made, received) => {
        const other: HeaderList = [['X-A', '1']];
        const kept = keepPassages([...made.map((line) => ['cdn-loop', line] as const), ...other], loop(...received));
        expect(passagesOf(kept)).toBe(passagesOf(loop(...received)));
        expect(senderHeaders(kept)).toEqual(other);
      }),
    );
  });
});
