/**
 * For an answer that Node's parser refuses, even if only for its own limits:
 * https://nodejs.org/api/errors.html#http-parse-errors. There was a connection, so reporting a connection failure would
 * send people looking in the wrong place.
 * @param code of Node's error
 * @returns `undefined` for any other error
 */
export function unreadableResponse(
  code: string,
  message: string,
): { readonly code: 'INVALID_RESPONSE'; readonly message: string } | undefined {
  if (!code.startsWith('HPE_')) return undefined;
  const reason = message.replace(/^Parse Error: /, '');
  return { code: 'INVALID_RESPONSE', message: `the answer can't be read as HTTP/1.1: ${reason}` };
}
