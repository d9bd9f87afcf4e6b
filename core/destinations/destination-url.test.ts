import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givenUrlProblem, parseDestinationUrl } from './destination-url.ts';
import type { DestinationNetwork } from './network-address.ts';

const problem = (url: string, network: DestinationNetwork = 'public') => parseDestinationUrl(url, network).problem;

describe('a destination URL', () => {
  it.each([
    'https://example.com',
    'https://example.com:8443/a/b?c=d',
    'https://93.184.216.34/hook',
    'https://[2606:4700::1111]/hook',
    'https://bücher.example/hook',
  ])('%s is accepted', (url) => {
    expect(problem(url)).toBeUndefined();
  });

  it.each([
    '',
    'hello',
    '/hook',
    'example.com/hook',
    'https://',
    'https://[::1',
    'https://exa mple.com',
    'https:\\\\a.com',
    'https://example.com/\ud800',
    'https://example.com:0/',
  ])('%j is refused as not a URL', (url) => {
    expect(problem(url)).toBeTypeOf('string');
  });

  it.each(['ftp://example.com', 'file:///etc/passwd', 'javascript:alert(1)', 'gopher://example.com'])(
    '%s is refused for its scheme',
    (url) => {
      expect(problem(url)).toMatch(/scheme|use https/);
    },
  );

  it('a URL requires https, except on one machine', () => {
    expect(problem('http://example.com/hook')).toMatch(/use https/);
    expect(problem('http://127.0.0.1:9000/hook', 'loopback')).toBeUndefined();
    expect(problem('http://localhost:9000/hook', 'loopback')).toBeUndefined();
  });

  it.each([
    'https://127.0.0.1/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://api.localhost/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[64:ff9b::a00:1]/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
  ])('%s is refused as not public', (url) => {
    expect(problem(url)).toMatch(/not a public address/);
  });

  it('a URL of a private network is refused on one machine, too', () => {
    expect(problem('http://192.168.1.1/', 'loopback')).toMatch(/not a public address/);
    expect(problem('http://169.254.169.254/', 'loopback')).toMatch(/not a public address/);
  });

  it.each(['127.0.0.1', '127.1', 'localhost', '[::1]', 'leads-here.example', '93.184.216.34'])(
    'does not lead to the port of the services of AWS on one machine: %s',
    (host) => {
      expect(problem(`http://${host}:4101/`, { awsPort: 4101 })).toContain("Hawser's own AWS endpoint");
      expect(problem(`http://${host}:4102/`, { awsPort: 4101 })).toBeUndefined();
    },
  );

  it('a URL with a user name or password is refused', () => {
    expect(problem('https://user:secret@example.com/')).toMatch(/user name or password/);
  });

  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`;
  it.each([
    ['https://a..b/', 'nothing between two dots'],
    ['https://.example.com/', 'nothing between two dots, or before the first'],
    ['https://example.com../', 'nothing between two dots'],
    ['https://a。。b/', 'nothing between two dots'],
    [`https://${label}a.example/`, 'more than 63 characters'],
    [`https://${'ü'.repeat(60)}.example/`, 'more than 63 characters'],
    [`https://${longest}a/`, 'more than 253 characters'],
  ])('%s is refused for a host name that DNS cannot have', (url, why) => {
    expect(problem(url)).toContain(why);
  });

  it('the longest name that DNS allows is accepted, and a trailing dot', () => {
    for (const host of [longest, `${longest}.`, `${label}.example`, 'example.com.']) {
      expect(problem(`https://${host}/`)).toBeUndefined();
    }
  });

  it.each(['https://example.com/#part', 'https://example.com/?a=b#', 'https://example.com/a#/b'])(
    '%s is refused for its fragment if newly given, and stays valid if accepted before',
    (url) => {
      expect(givenUrlProblem(url)).toContain('never sent');
      expect(problem(url)).toBeUndefined();
    },
  );

  it('a URL has at most 2,048 characters', () => {
    const prefix = 'https://example.com/';
    expect(problem(prefix + 'a'.repeat(2048 - prefix.length))).toBeUndefined();
    expect(problem(prefix + 'a'.repeat(2049 - prefix.length))).toMatch(/2,048/);
  });

  it('a URL that the parser would silently change is refused', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.constantFrom('\t', '\n', ' ', '\u0000', '\\'), fc.nat(), (url, bad, at) => {
        const position = at % (url.length + 1);
        expect(problem(url.slice(0, position) + bad + url.slice(position))).toBeTypeOf('string');
      }),
    );
  });

  it('any text is judged without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void problem(text)));
  });
});
