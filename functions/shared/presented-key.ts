/**
 * The API key of a request: empty if there is a header without a key in it, `undefined` if there is no such header.
 * @param headerOf takes the name in lower case
 */
export function presentedKey(headerOf: (name: string) => string | undefined): string | undefined {
  const authorization = headerOf('authorization');
  if (authorization !== undefined) return /^bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';
  return headerOf('x-api-key')?.trim();
}
