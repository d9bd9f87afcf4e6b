/** A POST that nobody has answered, or only who stands before the API: it may have been done. By path, so that there are few. */
const unanswered = new Map<string, { readonly body: string; readonly key: string }>();

/** The `Idempotency-Key` of a POST: as long as it is not answered the same one, by which it is not done twice. */
export function keyOf(path: string, body: string): string {
  const before = unanswered.get(path);
  if (before?.body === body) return before.key;
  const key = newKey();
  unanswered.set(path, { body, key });
  return key;
}

/** It is known what came of it: the next one, also one that is alike, is another request. */
export function isAnswered(path: string): void {
  unanswered.delete(path);
}

/** `crypto.randomUUID` is there only on HTTPS and on the machine itself, and Hawser may be looked at from another one. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
