import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../ids.ts';
import { received } from '../verification/senders.fixture.ts';
import { copyDigest, type Deduplication, deduplicationField } from './deduplication.ts';

const source = newId('src');
const byHeader = { by: 'header', header: 'X-Id', window_seconds: 60 } as const;
const byBody = { by: 'body', path: 'id', window_seconds: 60 } as const;
const headerOf = (value: string) => received({ headers: [['x-id', value]], body: `{"id":"${value}"}` });
const digest = (deduplication: Deduplication, value: string, of = source) =>
  copyDigest(of, deduplication, headerOf(value), undefined);

describe('the digest of copies', () => {
  it('the digest is the same only for the same id of the same source', () => {
    const id = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,50}$/);
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(digest(byHeader, one) === digest(byHeader, other)).toBe(one === other);
        expect(digest(byHeader, one)).not.toBe(digest(byHeader, one, newId('src')));
        expect(digest(byHeader, one)).not.toBe(digest(byBody, one));
        expect(digest(byHeader, one)).not.toBe(digest({ ...byHeader, header: 'X-Other' }, one));
      }),
    );
  });

  it('the digest does not depend on the window or the case of the header’s name', () => {
    expect(digest({ ...byHeader, window_seconds: 3_600 }, 'a')).toBe(digest(byHeader, 'a'));
    expect(digest({ ...byHeader, header: 'x-iD' }, 'a')).toBe(digest(byHeader, 'a'));
  });

  it('the digest does not reveal the id', () => {
    expect(digest(byHeader, 'jane.doe@example.com')).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['without the header', byHeader, { body: '{}' }],
    ['with an empty header', byHeader, { headers: [['x-id', '']] as const, body: '{}' }],
    [
      'with the header twice',
      byHeader,
      {
        headers: [
          ['x-id', 'a'],
          ['x-id', 'a'],
        ] as const,
        body: '{}',
      },
    ],
    ['without the field', byBody, { body: '{"data":{}}' }],
    ['with an object in its place', byBody, { body: '{"id":{}}' }],
    ['without verification, by its event id', { by: 'event_id', window_seconds: 60 } as const, { body: '{"id":"a"}' }],
  ])('a webhook %s has no digest', (_, deduplication, sent) => {
    expect(copyDigest(source, deduplication, received(sent), undefined)).toBeUndefined();
  });
});

describe('the deduplication setting', () => {
  it('the default window is a day, and the default header Idempotency-Key', () => {
    const expected = { by: 'header', header: 'Idempotency-Key', window_seconds: 86_400 };
    expect(deduplicationField.parse({ by: 'header' })).toEqual(expected);
  });

  it.each([
    ['nothing', {}, 'by'],
    ['an unknown place', { by: 'query' }, 'by'],
    ['the body without a path', { by: 'body' }, 'path'],
    ['an empty name in the path', { by: 'body', path: 'data..id' }, 'path'],
    ['a window under a minute', { by: 'header', window_seconds: 59 }, 'window_seconds'],
    ['a window over a week', { by: 'header', window_seconds: 604_801 }, 'window_seconds'],
    ['a header that is none', { by: 'header', header: 'X Id' }, 'header'],
  ])('deduplication by %s is refused', (_, given, path) => {
    expect(deduplicationField.safeParse(given).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
