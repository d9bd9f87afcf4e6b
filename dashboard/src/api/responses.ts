/** Numbers requests and changes in their order: a higher number means newer knowledge. */
let count = 0;

interface KnownResponse {
  readonly value: unknown;
  /** The number of the request that it answers, or of the change that reported it. */
  readonly number: number;
}

/** The last responses, by path: a page that is opened again shows them at once and then requests them again. */
const remembered = new Map<string, KnownResponse>();
const MAX_REMEMBERED = 100;

/** Requests under way, by path: rows of a table that all need the same send one request. */
const inFlight = new Map<string, Promise<unknown>>();

/** The listeners that show what a path answers. */
const listenersByPath = new Map<string, Set<() => void>>();

/** The number of the last sign-out. */
let lastSignOut = 0;

/** Requests a path, or joins a request for it that is in flight. */
export function fetchShared<Value>(path: string, load: (path: string) => Promise<Value>): Promise<Value> {
  const underWay = inFlight.get(path);
  // The caller determines the type of a path's response.
  if (underWay) return underWay as Promise<Value>;
  count += 1;
  const number = count;
  const end = (itself: () => Value | Promise<Value>) => {
    if (inFlight.get(path) === response) inFlight.delete(path);
    return newerThan<Value>(path, number) ?? itself();
  };
  const response: Promise<Value> = load(path).then(
    (value) =>
      end(() => {
        if (number > lastSignOut) remember(path, { value, number });
        return value;
      }),
    (error: unknown) => end(() => Promise.reject(error)),
  );
  inFlight.set(path, response);
  return response;
}

/** Records a change. Requests under way began before it, so later callers send new ones, and listeners are called. */
export function invalidate(path: string): void {
  inFlight.delete(path);
  for (const listener of listenersByPath.get(path) ?? []) listener();
}

/** Calls back when what a path answers is changed, even by a page that has been left since. @returns a function that ends this */
export function onInvalidated(path: string, listener: () => void): () => void {
  const listeners = listenersByPath.get(path) ?? new Set();
  listenersByPath.set(path, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) listenersByPath.delete(path);
  };
}

/** Stores the new state from the response to a change. Requests under way may have begun before it. */
export function replaceWith(path: string, value: unknown): void {
  inFlight.delete(path);
  count += 1;
  remember(path, { value, number: count });
}

/** The last known response. */
export function latestResponse(path: string): unknown {
  return remembered.get(path)?.value;
}

/** Called at sign-out, because the next user may be a different one. */
export function forgetAll(): void {
  remembered.clear();
  inFlight.clear();
  count += 1;
  lastSignOut = count;
}

/** What a later request or change knows, or will know; nothing if there was none. */
function newerThan<Value>(path: string, number: number): Value | Promise<Value> | undefined {
  const latest = remembered.get(path);
  const later = inFlight.get(path) ?? (latest && latest.number > number ? latest.value : undefined);
  return later as Value | Promise<Value> | undefined;
}

function remember(path: string, latest: KnownResponse): void {
  remembered.delete(path);
  remembered.set(path, latest);
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}
