/**
 * Whether a text matches a wildcard: `*` stands for any characters, or none; `\*` and `\\` stand for themselves.
 *
 * Each part between the asterisks is taken where it is found first, because no later place can be better. A regular expression
 * would backtrack over all places: with eight asterisks and 3,000 characters it practically never ends, and EventBridge refuses
 * such a wildcard as too complex. Here the time only grows with the lengths of text and wildcard, a few milliseconds a megabyte.
 * That matters because matching runs on the thread that serves everything.
 */
export function matchesWildcard(wildcard: string, text: string): boolean {
  const [first = '', ...others] = splitAtStars(wildcard);
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of others) {
    const at = indexOfPart(part, text, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * Like `indexOf`, which compares from scratch at each place and takes seconds for a text that nearly contains the part at every
 * one. With the Knuth–Morris–Pratt algorithm, no character of the text is looked at again.
 */
function indexOfPart(part: string, text: string, from: number): number {
  const prefixLengths = prefixFunction(part);
  let matched = 0;
  for (let at = from; matched < part.length; at++) {
    if (at === text.length) return -1;
    while (matched > 0 && part[matched] !== text[at]) matched = prefixLengths[matched - 1] ?? 0;
    if (part[matched] === text[at]) matched++;
    if (matched === part.length) return at + 1 - matched;
  }
  return from;
}

/** For each prefix of a part: the length of its longest proper prefix that is also its suffix. */
function prefixFunction(part: string): Uint32Array {
  const prefixLengths = new Uint32Array(part.length);
  let border = 0;
  for (let at = 1; at < part.length; at++) {
    while (border > 0 && part[border] !== part[at]) border = prefixLengths[border - 1] ?? 0;
    if (part[border] === part[at]) border++;
    prefixLengths[at] = border;
  }
  return prefixLengths;
}

/** The parts between the asterisks. */
function splitAtStars(wildcard: string): string[] {
  const parts = [''];
  for (const [piece] of wildcard.matchAll(/\\[*\\]|[\s\S]/g)) {
    if (piece === '*') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${piece.length === 2 ? piece.slice(1) : piece}`);
  }
  return parts;
}
