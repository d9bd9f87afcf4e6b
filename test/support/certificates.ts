import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

/** In PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A certificate authority of the test's own. */
export class CertificateAuthority {
  readonly #key = newKey();
  readonly #issuer = [{ name: 'commonName', value: 'authority of a test' }];
  readonly certificate: string = certificateOf(this.#key, this.#issuer, this.#key, this.#issuer, [
    { name: 'basicConstraints', cA: true },
  ]);

  /**
   * Signs a certificate for `localhost` and 127.0.0.1, or for a client with that name.
   * @param pem RSA key to use instead of a new one
   */
  sign(commonName: string, pem?: string): KeyedCertificate {
    const key = pem === undefined ? newKey() : keyOf(pem);
    const names = [
      { type: 2, value: 'localhost' },
      { type: 7, ip: '127.0.0.1' },
    ];
    const subject = [{ name: 'commonName', value: commonName }];
    return {
      certificate: certificateOf(key, subject, this.#key, this.#issuer, [{ name: 'subjectAltName', altNames: names }]),
      privateKey: key.pem,
    };
  }
}

/** Node makes a key a hundred times faster than JavaScript does. */
function newKey(): { readonly pem: string; readonly key: forge.pki.rsa.PrivateKey } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return keyOf(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function keyOf(pem: string) {
  return { pem, key: forge.pki.privateKeyFromPem(pem) };
}

type Keys = ReturnType<typeof newKey>;

function certificateOf(
  { key }: Keys,
  subject: forge.pki.CertificateField[],
  issuerKeys: Keys,
  issuer: forge.pki.CertificateField[],
  extensions: object[],
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(8))}`;
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
  certificate.setSubject(subject);
  certificate.setIssuer(issuer);
  certificate.setExtensions(extensions);
  certificate.sign(issuerKeys.key, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
