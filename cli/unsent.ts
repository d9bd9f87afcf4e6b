/**
 * Of the handshake, before which nothing is sent. Not the alerts of TLS: with 1.3 some come after it, as for the client's certificate.
 * https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes
 */
const HANDSHAKE = [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
];

/**
 * Whether there was no connection to send a request by. Where there was one, nothing tells what has come of it: a host that can't be
 * reached, `EHOSTUNREACH`, is said of a connection that stands, too, so it is the call that counts.
 * @param error of `fetch`
 */
export function isUnsent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && isOfConnecting(cause);
}

function isOfConnecting(cause: Error): boolean {
  // Of a name with two addresses, one for each.
  if (cause instanceof AggregateError) return cause.errors.every((one) => one instanceof Error && isOfConnecting(one));
  const { code, syscall }: NodeJS.ErrnoException = cause;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (code !== undefined) return code === 'UND_ERR_CONNECT_TIMEOUT' || HANDSHAKE.includes(code);
  // https://fetch.spec.whatwg.org/#port-blocking
  return cause.message === 'bad port';
}
