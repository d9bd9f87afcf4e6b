import { describe, expect, it } from 'vitest';
import { addressProblem, literalAddress } from './network-address.ts';

const PRIVATE = [
  ['this network', '0.0.0.0'],
  ['private', '10.1.2.3'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['link-local, the metadata service', '169.254.169.254'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['IETF protocol assignments', '192.0.0.8'],
  ['documentation', '192.0.2.1'],
  ['private', '192.168.1.1'],
  ['benchmarking', '198.18.0.1'],
  ['documentation', '203.0.113.9'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  ['unique local, the IPv6 metadata service', 'fd00:ec2::254'],
  ['link-local', 'fe80::1'],
  ['site-local, deprecated', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['documentation', '2001:db8::1'],
  ['mapped private', '::ffff:10.0.0.1'],
  ['mapped metadata service', '::ffff:a9fe:a9fe'],
  ['NAT64 of a private address', '64:ff9b::a00:1'],
  ['6to4 of a private address', '2002:a00:1::'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['IPv4-compatible', '::7f00:1'],
] as const;

const LOOPBACK = ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'];

describe('deliveries', () => {
  it.each(PRIVATE)('deliveries never go to a %s address (%s)', (_, address) => {
    expect(addressProblem(address, 'public')).toContain(address);
    expect(addressProblem(address, 'loopback')).toContain(address);
  });

  it.each(LOOPBACK)('deliveries go to this machine (%s) only if loopback is allowed', (address) => {
    expect(addressProblem(address, 'public')).toContain('not a public address');
    expect(addressProblem(address, 'loopback')).toBeUndefined();
  });

  it.each(['8.8.8.8', '140.82.112.3', '2606:4700::6810:84e5'])('deliveries go to the public address %s', (address) => {
    expect(addressProblem(address, 'public')).toBeUndefined();
  });

  it('deliveries never go to something that is not an address', () => {
    expect(addressProblem('example.com', 'public')).toContain('not an IP address');
  });
});

describe('a literal address in a URL', () => {
  it.each([
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://①②⑦.0.0.1/', '127.0.0.1'],
  ])('the address in %s is %s', (url, address) => {
    expect(literalAddress(new URL(url))).toBe(address);
  });

  it('a host name is not taken for an address', () => {
    expect(literalAddress(new URL('https://example.com/'))).toBeUndefined();
    expect(literalAddress(new URL('https://10.example.com/'))).toBeUndefined();
  });
});
