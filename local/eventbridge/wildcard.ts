/**
 * Whether a text is what a wildcard says: `*` stands for any characters, also none; `\*` and `\\` for themselves.
 *
 * By its parts, each where it is found first, which is as good as any later place: a regular expression would try them all, and
 * with eight asterisks take longer for 3,000 characters than anybody waits. EventBridge refuses such a wildcard as too complex.
 */
export function matchesWildcard(wildcard: string, text: string): boolean {
  const [first = '', ...others] = partsOf(wildcard);
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** What stands between the asterisks. */
function partsOf(wildcard: string): string[] {
  const parts = [''];
  for (const [piece] of wildcard.matchAll(/\\[*\\]|[\s\S]/g)) {
    if (piece === '*') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${piece.length === 2 ? piece.slice(1) : piece}`);
  }
  return parts;
}
