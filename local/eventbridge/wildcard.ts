/**
 * Whether a text is what a wildcard says: `*` stands for any characters, also none; `\*` and `\\` for themselves.
 *
 * By its parts, each where it is found first, which is as good as any later place: a regular expression would try them all, and
 * with eight asterisks take longer for 3,000 characters than anybody waits. EventBridge refuses such a wildcard as too complex. The
 * time grows with the text and the wildcard, a few milliseconds a megabyte: matching is on the thread that serves everything.
 */
export function matchesWildcard(wildcard: string, text: string): boolean {
  const [first = '', ...others] = partsOf(wildcard);
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of others) {
    const at = placeOf(part, text, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * As `indexOf`, which compares anew at each place, and takes seconds for a text that is nearly the part at every one; by Knuth, Morris
 * and Pratt, no character of the text is looked at again.
 */
function placeOf(part: string, text: string, from: number): number {
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = from; matched < part.length; at++) {
    if (at === text.length) return -1;
    while (matched > 0 && part[matched] !== text[at]) matched = borders[matched - 1] ?? 0;
    if (part[matched] === text[at]) matched++;
    if (matched === part.length) return at + 1 - matched;
  }
  return from;
}

/** For each beginning of a part: how long the longest beginning is that also ends it, and is not the whole. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length);
  let border = 0;
  for (let at = 1; at < part.length; at++) {
    while (border > 0 && part[border] !== part[at]) border = borders[border - 1] ?? 0;
    if (part[border] === part[at]) border++;
    borders[at] = border;
  }
  return borders;
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
