/** `undefined` where it is no JSON: the caller says what that means. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    // The answer to the question, no failure.
    return undefined;
  }
}

/** What a stranger's server says, short enough for a log, and without control characters. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ').trim().slice(0, 500);
}
