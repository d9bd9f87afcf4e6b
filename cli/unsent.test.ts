import { expect, it } from 'vitest';
import { isUnsent } from './unsent.ts';

/** The error with which `fetch` fails for this reason. */
const failed = (reason: Partial<NodeJS.ErrnoException>) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(reason.message), reason) });

it.each([
  { code: 'EHOSTUNREACH', syscall: 'connect' },
  { code: 'ETIMEDOUT', syscall: 'connect' },
  { code: 'EAI_AGAIN', syscall: 'getaddrinfo' },
  { code: 'UND_ERR_CONNECT_TIMEOUT' },
  { code: 'CERT_HAS_EXPIRED' },
  { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
])('%j means that nothing was sent', (reason) => {
  expect(isUnsent(failed(reason))).toBe(true);
});

it.each([
  { code: 'EHOSTUNREACH', syscall: 'read' },
  { code: 'ETIMEDOUT', syscall: 'read' },
  { code: 'ECONNRESET' },
  { code: 'UND_ERR_SOCKET' },
  { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
])('%j may come after something was sent', (reason) => {
  expect(isUnsent(failed(reason))).toBe(false);
});
