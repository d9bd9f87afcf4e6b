import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { additionProblem, type UrlAddition, withAddition } from './url-addition.ts';

const added = (url: string, path: string, query = '') => withAddition(new URL(url), { path, query }).href;

describe('an addition to a URL', () => {
  it('an addition is appended to the path and the query', () => {
    expect(added('https://example.com/hooks', '/orders/7', 'region=eu')).toBe(
      'https://example.com/hooks/orders/7?region=eu',
    );
    expect(added('https://example.com/hooks/?key=1', 'orders/', '?a=1')).toBe(
      'https://example.com/hooks/orders/?key=1&a=1',
    );
    expect(added('https://example.com', '/', '')).toBe('https://example.com/');
  });

  it("an addition leaves the spelling of the URL's own parts unchanged", () => {
    const url = "https://example.com:8443/a%20b/!'()*?q=%7e&r=a+b";
    expect(added(url, '', '')).toBe(url);
    expect(added(url, '/c', 'd')).toBe("https://example.com:8443/a%20b/!'()*/c?q=%7e&r=a+b&d");
  });

  it('an addition cannot begin another part of the URL', () => {
    expect(added('https://example.com/hooks', '/a?b#c', 'd#e')).toBe('https://example.com/hooks/a%3Fb%23c?d%23e');
    expect(added('https://example.com/hooks', '//evil.example/x')).toBe('https://example.com/hooks//evil.example/x');
    expect(added('https://example.com', '//evil.example/x')).toBe('https://example.com//evil.example/x');
    expect(added('https://example.com/hooks', '@evil.example')).toBe('https://example.com/hooks/@evil.example');
  });

  it.each([
    '..',
    '/../admin',
    '/a/%2e%2E/b',
    '/a/.%2e',
    '\\..\\admin',
    '/a%2f..%2Fb',
    '/%5c..%5cadmin',
    '/./a',
    '/a/.',
  ])('an addition with a dot segment is refused in any spelling: %s', (path) => {
    expect(additionProblem({ path, query: '' })).toBe('path has a dot segment');
  });

  it('an addition with control characters, which URLs silently drop, is refused', () => {
    expect(additionProblem({ path: '/.\t./admin', query: '' })).toBe('path has control characters');
    expect(additionProblem({ path: '', query: 'a\r\nb' })).toBe('query has control characters');
  });

  it('an addition longer than servers accept is refused', () => {
    expect(additionProblem({ path: 'a'.repeat(8_000), query: 'b'.repeat(8_000) })).toBeUndefined();
    expect(additionProblem({ path: '', query: 'b'.repeat(8_001) })).toBe(
      'query has 8,001 characters; the limit is 8,000',
    );
  });

  it('no addition changes scheme, user, host or port, or leaves the path', () => {
    const part = fc.oneof(
      fc.constantFrom('/', '..', '.', '%2e', '%2F', '\\', ':', '@', '?', '#', '//', 'http:', '%', 'ü'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    const addition: fc.Arbitrary<UrlAddition> = fc.record({ path: text, query: text });
    const bases = fc.constantFrom('https://example.com', 'https://example.com/a/b', 'https://u:p@example.com:81/a?b=c');
    fc.assert(
      fc.property(addition, bases, (any, base) => {
        fc.pre(additionProblem(any) === undefined);
        const url = new URL(base);
        const { protocol, username, password, host, pathname, search, hash } = withAddition(url, any);
        expect([protocol, username, password, host, hash]).toEqual([
          url.protocol,
          url.username,
          url.password,
          url.host,
          '',
        ]);
        expect(`${pathname}/`.startsWith(`${url.pathname.replace(/\/$/, '')}/`)).toBe(true);
        expect(search.startsWith(url.search)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
