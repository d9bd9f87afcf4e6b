import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { secretText } from '../secrets/masking.ts';
import { MAX_PEM_LENGTH, privateKeyOf, privateKeyProblem } from './private-key.ts';

/** The certificate for servers that require one from clients (mTLS). */
export const clientCertificateField = z
  .strictObject({
    certificate: z
      .string()
      .max(MAX_PEM_LENGTH)
      .meta({
        description: 'PEM; intermediate certificates follow the client certificate.',
        examples: ['-----BEGIN CERTIFICATE-----\n…'],
      }),
    private_key: secretText()
      .max(MAX_PEM_LENGTH)
      .meta({
        description:
          'PEM, not encrypted: RSA of 2,048 to 4,096 bits with the public exponent 65537, EC on P-256, P-384 or P-521, or Ed25519.',
        examples: ['-----BEGIN PRIVATE KEY-----\n…'],
      }),
  })
  .superRefine((pair, context) => {
    const problem = clientCertificateProblem(pair);
    if (problem) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message });
  });

/** Both in PEM, as stored. */
interface ClientCertificate {
  readonly certificate: string;
  readonly private_key: string;
}

/** Checked here rather than at the first delivery, because OpenSSL's own messages do not tell which of the two is wrong. */
export function clientCertificateProblem({
  certificate,
  private_key,
}: ClientCertificate): { readonly field: keyof ClientCertificate; readonly message: string } | undefined {
  const parsed = certificateOf(certificate);
  if (!parsed) return { field: 'certificate', message: 'is not a certificate in PEM' };
  const problem = privateKeyProblem(private_key, ['rsa', 'ec', 'ed25519']);
  if (problem) return { field: 'private_key', message: problem };
  const key = privateKeyOf(private_key);
  return key && parsed.checkPrivateKey(key)
    ? undefined
    : { field: 'private_key', message: 'is not the key of the certificate' };
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // As with keys, the caller reports the problem.
    return undefined;
  }
}
