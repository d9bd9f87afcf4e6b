import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { secretText } from '../masked-form.ts';

const MAX_PEM_LENGTH = 16_384;

/** What a destination shows to a server that asks for a client certificate (mTLS). */
export const clientCertificateField = z
  .strictObject({
    certificate: z
      .string()
      .max(MAX_PEM_LENGTH)
      .meta({
        description: 'PEM; intermediate certificates follow the own one.',
        examples: ['-----BEGIN CERTIFICATE-----\n…'],
      }),
    private_key: secretText()
      .max(MAX_PEM_LENGTH)
      .meta({ description: 'PEM, not encrypted.', examples: ['-----BEGIN PRIVATE KEY-----\n…'] }),
  })
  .superRefine(({ certificate, private_key }, context) => {
    const problem = certificateProblem(certificate, private_key);
    if (problem) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message });
  });

/** Found here, not at the first delivery: OpenSSL's own words for it tell nobody which of the two is wrong. */
function certificateProblem(certificate: string, privateKey: string): { field: string; message: string } | undefined {
  const parsed = attempt(() => new X509Certificate(certificate));
  if (!parsed) return { field: 'certificate', message: 'is not a certificate in PEM' };
  const key = attempt(() => createPrivateKey(privateKey));
  if (!key) return { field: 'private_key', message: 'is not a private key in PEM, or an encrypted one' };
  return parsed.checkPrivateKey(key)
    ? undefined
    : { field: 'private_key', message: 'is not the key of the certificate' };
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    // What OpenSSL says of it ("DECODER routines::unsupported") helps nobody: the caller says which of the two it was.
    return undefined;
  }
}
