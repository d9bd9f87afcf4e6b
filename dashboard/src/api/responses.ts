/** Numbers requests and changes in their order: a higher number means newer knowledge. */
let count = 0;

interface Known {
  readonly value: unknown;
  /** The number of the request that it answers, or of the change that reported it. */
  readonly number: number;
}

/** The last answers, by path: a page that is opened again shows them at once and then asks again. */
const remembered = new Map<string, Known>();
const MAX_REMEMBERED = 100;

/** Requests under way, by path: rows of a table that all need the same send one request. */
const asked = new Map<string, Promise<unknown>>();

/** The listeners that show what a path answers. */
const shownBy = new Map<string, Set<() => void>>();

/** The number of the last sign-out. */
let forgotten = 0;

/** Asks for a path, or joins a request for it that is under way. */
export function ask<Value>(path: string, load: (path: string) => Promise<Value>): Promise<Value> {
  const underWay = asked.get(path);
  // The caller determines the type of a path's answer.
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

/** Something was changed. Requests under way are from before it, so later callers ask anew, and listeners are called. */
export function outdate(path: string): void {
  asked.delete(path);
  for (const listener of shownBy.get(path) ?? []) listener();
}

/** Calls back when what a path answers is changed, even by a page that has been left since. @returns a function that ends this */
export function onOutdated(path: string, listener: () => void): () => void {
  const listeners = shownBy.get(path) ?? new Set();
  shownBy.set(path, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) shownBy.delete(path);
  };
}

/** A change has answered with the new state. Requests under way may be from before it. */
export function replaceBy(path: string, value: unknown): void {
  asked.delete(path);
  count += 1;
  remember(path, { value, number: count });
}

/** The last known answer. */
export function lastOf(path: string): unknown {
  return remembered.get(path)?.value;
}

/** At sign-out, because the next one to sign in may be somebody else. */
export function forgetAll(): void {
  remembered.clear();
  asked.clear();
  count += 1;
  forgotten = count;
}

/** What a later request or change knows, or will know; nothing if there was none. */
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
