/**
 * The key as it was sent: empty where a header is there and no key is in it, `undefined` without any header.
 * @param headerOf by the name in lower case
 */
export function presentedKey(headerOf: (name: string) => string | undefined): string | undefined {
  const authorization = headerOf('authorization');
  if (authorization !== undefined) return /^bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';
  return headerOf('x-api-key')?.trim();
}
