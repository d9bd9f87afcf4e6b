import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { expect, it } from 'vitest';
import { failureOf } from './http-failure.ts';

it('the message of a TLS_ERROR is bounded even if the certificate lists many names', () => {
  const subjectaltname = Array.from({ length: 100 }, (_, index) => `DNS:${'a'.repeat(60)}${index}.example`).join(', ');
  const error = checkServerIdentity('localhost', { subject: { CN: 'x' }, subjectaltname } as PeerCertificate);
  const { code, message } = failureOf(error);
  expect([code, message.length]).toEqual(['TLS_ERROR', 1_000]);
});
