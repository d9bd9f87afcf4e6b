/** Requests and changes by their order: what is known by a later one is newer. */
let count = 0;

interface Known {
  readonly value: unknown;
  /** The number of the request that it answers, or of the change that has told it. */
  readonly number: number;
}

/** What was answered last, by path: a page that is come back to shows it at once, and asks again. */
const remembered = new Map<string, Known>();
const MAX_REMEMBERED = 100;

/** What is being asked for, by path: the rows of a table that all want the same ask once. */
const asked = new Map<string, Promise<unknown>>();

/** Who shows what is asked for, by path. */
const shownBy = new Map<string, Set<() => void>>();

/** The number of the last sign-out. */
let forgotten = 0;

/** What is asked for by a path, or is being asked for by it already. */
export function ask<Value>(path: string, load: (path: string) => Promise<Value>): Promise<Value> {
  const underWay = asked.get(path);
  // Whoever asks for a path says what it answers.
  if (underWay) return underWay as Promise<Value>;
  count += 1;
  const number = count;
  const end = (itself: () => Value | Promise<Value>) => {
    if (asked.get(path) === answer) asked.delete(path);
    return newer<Value>(path, number) ?? itself();
  };
  const answer: Promise<Value> = load(path).then(
    (value) =>
      end(() => {
        if (number > forgotten) remember(path, { value, number });
        return value;
      }),
    (error: unknown) => end(() => Promise.reject(error)),
  );
  asked.set(path, answer);
  return answer;
}

/** Something is changed: what is under way was asked before, whoever asks now asks anew, and whoever shows it is told to. */
export function outdate(path: string): void {
  asked.delete(path);
  for (const listener of shownBy.get(path) ?? []) listener();
}

/** Calls back when what is asked for by a path is changed, be it by a page that was left meanwhile. @returns what ends that */
export function onOutdated(path: string, listener: () => void): () => void {
  const listeners = shownBy.get(path) ?? new Set();
  shownBy.set(path, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) shownBy.delete(path);
  };
}

/** A change has answered what there is now: what is under way may be from before it. */
export function replaceBy(path: string, value: unknown): void {
  asked.delete(path);
  count += 1;
  remember(path, { value, number: count });
}

/** What there was last. */
export function lastOf(path: string): unknown {
  return remembered.get(path)?.value;
}

/** At sign-out: the next one to sign in may be somebody else. */
export function forgetAll(): void {
  remembered.clear();
  asked.clear();
  count += 1;
  forgotten = count;
}

/** What is, or will be, known by whoever has asked or changed it since; nothing where nobody has. */
function newer<Value>(path: string, number: number): Value | Promise<Value> | undefined {
  const known = remembered.get(path);
  const later = asked.get(path) ?? (known && known.number > number ? known.value : undefined);
  return later as Value | Promise<Value> | undefined;
}

function remember(path: string, known: Known): void {
  remembered.delete(path);
  remembered.set(path, known);
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}
