import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { CertificateAuthority } from '../../test/support/certificates.ts';
import { checkedLookup } from './checked-lookup.ts';
import { HttpClient } from './http-exchange.ts';
import { failureOf } from './http-failure.ts';

const authority = new CertificateAuthority();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, authority.certificate]));
afterAll(() => setDefaultCACertificates(trusted));

const { certificate: cert, privateKey: key } = authority.sign('localhost');
/** Only Diffie-Hellman in a group of the server's choice. */
const ONLY_DHE = { cert, key, dhparam: 'auto', maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256' } as const;

let server: Server;
const start = async (options: object) => {
  server = createServer(options, (_, response) => response.end('taken'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
};
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const client = new HttpClient(checkedLookup('loopback'));
const send = async () => {
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/`);
  try {
    const exchange = { method: 'POST', url, headers: [['Host', url.host]] as HeaderList, body: Buffer.from('{}') };
    return Buffer.from((await client.exchange({ ...exchange, timeoutMs: 5_000 })).body).toString();
  } catch (error) {
    return failureOf(error).code;
  }
};

/** With a group of 10,000 bits, OpenSSL computes for a second in which no other delivery makes progress. */
describe('a server that requires Diffie-Hellman in a group of its own choice', () => {
  it('a server with its own Diffie-Hellman group is reported as TLS_ERROR', async () => {
    await start(ONLY_DHE);
    expect(await send()).toBe('TLS_ERROR');
  });

  it('its TLS_ERROR is also reported when a kept-alive connection has to be replaced', async () => {
    await start({ cert, key });
    expect(await send()).toBe('taken');
    // The agent keeps the connection until the request written to it finds it closed.
    server.prependOnceListener('request', ({ socket }) => socket.destroy());
    server.setSecureContext(ONLY_DHE);
    expect(await send()).toBe('TLS_ERROR');
  });
});

it.each([
  ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ['TLS 1.2 with elliptic curves', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
  ['TLS 1.2 with an RSA key alone', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
])('a server with %s is supported', async (_, options) => {
  await start({ cert, key, ...options });
  expect(await send()).toBe('taken');
});
