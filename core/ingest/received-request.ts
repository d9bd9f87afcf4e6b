import type { RequestHead } from '../events/stored-request.ts';

/**
 * No signature or credential of any scheme is longer, and senders must not determine the cost of checking them.
 */
const MAX_HEADER_LENGTH = 4_096;

/**
 * Parsing deeply nested JSON takes about forty times its size, and the function has 512 MB. Events of providers have at
 * most a few hundred KB.
 */
export const MAX_JSON_BYTES = 1_048_576;

/** No id is longer. */
const MAX_TEXT_LENGTH = 1_024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A webhook as verification sees it. Nothing in it is trusted, and no method throws. */
export class ReceivedRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array;
  /** Where it was sent to, as far as Hawser knows; path and query below it are in `head`. */
  readonly ingestUrl: string;
  #headers: ReadonlyMap<string, string | undefined> | undefined;
  #json: { readonly value: unknown } | undefined;
  #exactJson: { readonly value: unknown } | undefined;

  constructor(head: RequestHead, body: Uint8Array, ingestUrl: string) {
    this.head = head;
    this.body = body;
    this.ingestUrl = ingestUrl;
  }

  /**
   * The value of a header that occurs once. One that occurs twice counts as absent: nobody can tell which of the two
   * another program has read.
   * @param name in any case
   */
  header(name: string): string | undefined {
    this.#headers ??= headerValues(this.head);
    return this.#headers.get(name.toLowerCase());
  }

  /** The value of a query parameter that occurs once. */
  queryParameter(name: string): string | undefined {
    const [value, another] = new URLSearchParams(this.head.query).getAll(name);
    return another === undefined && value !== undefined && value.length <= MAX_HEADER_LENGTH ? value : undefined;
  }

  /** The body as JSON; `undefined` if it is not JSON, or too long to be parsed. */
  get json(): unknown {
    this.#json ??= { value: this.#parse() };
    return this.#json.value;
  }

  /**
   * The text or number at a path of the body's JSON. Numbers are returned as they are spelled: two 64-bit ids that are
   * the same double are still different ids.
   */
  textAt(...path: readonly string[]): string | undefined {
    const value = valueAt(this.json, path);
    if (typeof value === 'string') return value.length > 0 && value.length <= MAX_TEXT_LENGTH ? value : undefined;
    if (typeof value !== 'number') return undefined;
    return Number.isSafeInteger(value) ? String(value) : this.#spellingAt(path);
  }

  #spellingAt(path: readonly string[]): string | undefined {
    this.#exactJson ??= { value: this.#parse(numbersAsSpelled) };
    const text = valueAt(this.#exactJson.value, path);
    return typeof text === 'string' && text.length <= MAX_TEXT_LENGTH ? text : undefined;
  }

  #parse(revive?: Reviver): unknown {
    if (this.body.byteLength > MAX_JSON_BYTES) return undefined;
    try {
      return JSON.parse(utf8.decode(this.body), revive);
    } catch {
      // Not JSON, not UTF-8, or nested too deeply for the stack: nothing can be found in it.
      return undefined;
    }
  }
}

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;
const numbersAsSpelled: Reviver = (_, value, context) => (typeof value === 'number' ? context?.source : value);

/** Only own properties: `__proto__` leads nowhere. */
function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function headerValues({ headers }: RequestHead): Map<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    values.set(key, values.has(key) || value.length > MAX_HEADER_LENGTH ? undefined : value);
  }
  return values;
}
