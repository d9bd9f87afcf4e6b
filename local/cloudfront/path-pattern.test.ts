import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizePath, pathMatcher } from './path-pattern.ts';

describe('the normal form of a path', () => {
  it.each([
    ['/v1/sources', '/v1/sources'],
    ['/', '/'],
    ['/a//b///c', '/a/b/c'],
    ['/a/./b/../c', '/a/c'],
    ['/..', '/'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['/%2e%2e/', '/'],
    ['/%2E%2e/%2e/x', '/x'],
    ['/%76%31/sources', '/v1/sources'],
    ['/a/..', '/'],
    ['/a/b/.', '/a/b/'],
    ['/in/src_1/.well-known/x', '/in/src_1/.well-known/x'],
    ['/a%2fb', '/a%2Fb'],
    ['/%zz', '/%zz'],
    ['/a/.../b', '/a/.../b'],
  ])('the normal form of %s is %s', (path, normal) => {
    expect(normalizePath(path)).toBe(normal);
  });

  it('the normal form of any path has no empty segment and none that leads upwards', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2E%2e', '%2f', 'a', 'v1', '//', '%');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const normal = normalizePath(`/${pieces.join('')}`);
        expect(normal.startsWith('/')).toBe(true);
        expect(normal).not.toContain('//');
        expect(normal.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
      }),
    );
  });
});

describe('a pattern', () => {
  it.each([
    ['/v1/*', '/v1/sources', true],
    ['/v1/*', '/v1/', true],
    ['/v1/*', '/v1', false],
    ['/v1/*', '/V1/sources', false],
    ['/v1/*', '/x/v1/sources', false],
    ['*', '/anything/at/all', true],
    ['v1/*', '/v1/sources', true],
    ['/assets/*.js', '/assets/deep/index.js', true],
    ['/assets/*.js', '/assets/index.css', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/ac', false],
    ['/a.c', '/abc', false],
  ])('the pattern %s matches %s: %j', (pattern, path, expected) => {
    expect(pathMatcher(pattern)(path)).toBe(expected);
  });
});
