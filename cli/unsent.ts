/**
 * Errors of the TLS handshake, before which nothing is sent. TLS alerts are not among them: with TLS 1.3 some come after it, such
 * as those about the client's certificate. https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes
 */
const TLS_HANDSHAKE_ERRORS = [
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
 * Whether there was never a connection over which a request could be sent. If there was one, the outcome of the request is
 * unknown. `EHOSTUNREACH` may also be reported for an established connection, so the system call decides, not the code.
 * @param error the error of `fetch`
 */
export function isUnsent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && isConnectError(cause);
}

function isConnectError(cause: Error): boolean {
  // For a name with two addresses, it has an error for each.
  if (cause instanceof AggregateError) return cause.errors.every((one) => one instanceof Error && isConnectError(one));
  const { code, syscall }: NodeJS.ErrnoException = cause;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (code !== undefined) return code === 'UND_ERR_CONNECT_TIMEOUT' || TLS_HANDSHAKE_ERRORS.includes(code);
  // https://fetch.spec.whatwg.org/#port-blocking
  return cause.message === 'bad port';
}
