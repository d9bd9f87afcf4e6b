import { expect, it } from 'vitest';
import { RouteTrie } from './route-trie.ts';

function trie(...routes: [method: string, path: string][]): (method: string, path: string) => unknown {
  const built = new RouteTrie(routes.map(([method, path]) => ({ method, path, functionArn: `${method} ${path}` })));
  return (method, path) => {
    const match = built.match(method, path);
    return match && [match.route.functionArn, match.pathParameters];
  };
}

it('a literal segment beats a parameter, which beats a greedy one', () => {
  const match = trie(['ANY', '/a/{proxy+}'], ['ANY', '/a/{id}'], ['ANY', '/a/b']);
  expect(match('GET', '/a/b')).toEqual(['ANY /a/b', null]);
  expect(match('GET', '/a/c')).toEqual(['ANY /a/{id}', { id: 'c' }]);
  expect(match('GET', '/a/c/d')).toEqual(['ANY /a/{proxy+}', { proxy: 'c/d' }]);
});

it('a better match without the method falls back to the next one', () => {
  const match = trie(['POST', '/test'], ['OPTIONS', '/{proxy+}']);
  expect(match('POST', '/test')).toEqual(['POST /test', null]);
  expect(match('OPTIONS', '/test')).toEqual(['OPTIONS /{proxy+}', { proxy: 'test' }]);
});

it('a branch that ends too early falls back to a greedy resource above it', () => {
  const match = trie(['GET', '/{param+}'], ['GET', '/part1/value'], ['GET', '/part1/{id}/x']);
  expect(match('GET', '/part1/random')).toEqual(['GET /{param+}', { param: 'part1/random' }]);
  expect(match('GET', '/part1/random/x')).toEqual(['GET /part1/{id}/x', { id: 'random' }]);
});

it('an explicit method beats ANY in either order', () => {
  expect(trie(['ANY', '/a'], ['GET', '/a'])('GET', '/a')).toEqual(['GET /a', null]);
  expect(trie(['GET', '/a'], ['ANY', '/a'])('GET', '/a')).toEqual(['GET /a', null]);
});

it('leading and trailing slashes do not count', () => {
  const match = trie(['ANY', '/in/{id}'], ['ANY', '/']);
  expect(match('GET', '//in/x/')).toEqual(['ANY /in/{id}', { id: 'x' }]);
  expect(match('GET', '/')).toEqual(['ANY /', null]);
});

it('an empty segment is not a parameter value, and a greedy parameter needs a segment', () => {
  const match = trie(['ANY', '/in/{id}/x'], ['ANY', '/v1/{proxy+}']);
  expect(match('GET', '/in//x')).toBeUndefined();
  expect(match('GET', '/v1/')).toBeUndefined();
});

it('two names for one parameter, and a segment after a greedy one, are refused', () => {
  expect(() => trie(['ANY', '/in/{a}'], ['ANY', '/in/{b}'])).toThrow('already has the path parameter {a}');
  expect(() => trie(['ANY', '/{a+}/b'])).toThrow('only the last segment may be greedy');
});
