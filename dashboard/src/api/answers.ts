/** What was answered last, by path: a page that is come back to shows it at once, and asks again. */
const remembered = new Map<string, unknown>();
const MAX_REMEMBERED = 100;

/** What is being asked for, by path: the rows of a table that all want the same ask once. */
const asked = new Map<string, Promise<unknown>>();

/** What is asked for by a path, or is being asked for by it already. */
export function ask<Value>(path: string, load: (path: string) => Promise<Value>): Promise<Value> {
  const underWay = asked.get(path);
  // Whoever asks for a path says what it answers.
  if (underWay) return underWay as Promise<Value>;
  const answer: Promise<Value> = load(path).then(
    (value) => {
      if (!isLatest()) return newer(path, () => value);
      asked.delete(path);
      remember(path, value);
      return value;
    },
    (error: unknown) => {
      if (!isLatest()) return newer(path, () => Promise.reject(error));
      asked.delete(path);
      throw error;
    },
  );
  const isLatest = () => asked.get(path) === answer;
  asked.set(path, answer);
  return answer;
}

/** Something is changed: what is under way was asked before, and whoever asks now asks anew. */
export function outdate(path: string): void {
  asked.delete(path);
}

/** A change has answered what there is now: what is under way may be from before it. */
export function replaceBy(path: string, value: unknown): void {
  asked.delete(path);
  remember(path, value);
}

/** What there was last. */
export function lastOf(path: string): unknown {
  return remembered.get(path);
}

/** At sign-out: the next one to sign in may be somebody else. */
export function forgetAll(): void {
  remembered.clear();
  asked.clear();
}

/** In place of an answer that was asked for before a change; itself where nobody has asked since. */
function newer<Value>(path: string, itself: () => Value | Promise<Value>): Value | Promise<Value> {
  const later = asked.get(path) ?? remembered.get(path);
  return later === undefined ? itself() : (later as Value | Promise<Value>);
}

function remember(path: string, value: unknown): void {
  remembered.delete(path);
  remembered.set(path, value);
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}
