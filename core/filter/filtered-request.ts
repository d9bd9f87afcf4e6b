import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { formatInteger } from '../format-integer.ts';
import { isRounded, parseExactJson } from './exact-json.ts';
import type { Field } from './filter-node.ts';
import type { FieldValues } from './operators.ts';
import type { Steps } from './steps.ts';

/** A webhook as a filter sees it. */
export interface FilteredParts {
  readonly method: string;
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly body: FilteredBody;
  /** The provider's name for this kind of event; `undefined` if the source does not know it. */
  readonly eventType: string | undefined;
}

/** Why a filter can't be evaluated. Shown to the connection's owner, so the message contains nothing of the event. */
export class FilterFailure extends Error {}

/** Parsing deeply nested JSON takes some forty times its size, and the function has 512 MB. */
export const MAX_FILTERED_BODY_BYTES = 1_048_576;

const utf8 = new TextDecoder('utf-8', { fatal: true });

type Parse = (text: string) => unknown;

/** A body, parsed at most once for all filters that read it. */
export class FilteredBody {
  readonly bytes: Uint8Array;
  /** Thrown when a filter reads a body that is too long. */
  readonly tooLong: FilterFailure | undefined;
  readonly #parsed = new Map<Parse, { readonly value: unknown } | { readonly failure: string }>();

  /** @param size in bytes; given if the bytes themselves were not read because there are too many */
  constructor(bytes: Uint8Array, size = bytes.byteLength) {
    this.bytes = bytes;
    if (size > MAX_FILTERED_BODY_BYTES) {
      this.tooLong = new FilterFailure(
        `the body has ${formatInteger(size)} bytes; filters read up to ${formatInteger(MAX_FILTERED_BODY_BYTES)}`,
      );
    }
  }

  /** @throws FilterFailure if the body is not JSON */
  get json(): unknown {
    return this.#json(JSON.parse);
  }

  /** The same without rounded integers. @throws FilterFailure if the body is not JSON */
  get exactJson(): unknown {
    return this.#json(parseExactJson);
  }

  #json(parse: Parse): unknown {
    if (this.tooLong) throw this.tooLong;
    const parsed = this.#parsed.get(parse) ?? parseBody(this.bytes, parse);
    this.#parsed.set(parse, parsed);
    if ('failure' in parsed) throw new FilterFailure(parsed.failure);
    return parsed.value;
  }
}

/** Finds the values of fields. All of it is untrusted input. */
export class FilteredRequest {
  readonly #parts: FilteredParts;

  constructor(parts: FilteredParts) {
    this.#parts = parts;
  }

  /** @throws FilterFailure */
  valuesOf({ root, names }: Field, steps: Steps): FieldValues {
    const [name = ''] = names;
    switch (root) {
      case 'method':
      case 'path':
        return [this.#parts[root]];
      case 'event_type':
        return this.#parts.eventType === undefined ? undefined : [this.#parts.eventType];
      case 'headers':
        return found(this.#parts.headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value));
      case 'query':
        return found(new URLSearchParams(this.#parts.query).getAll(name));
      case 'body':
        return found(this.#bodyValues(names, steps));
    }
  }

  #bodyValues(names: readonly string[], steps: Steps): readonly unknown[] {
    const values = valuesAt(this.#parts.body.json, names, steps);
    return values.some(isRounded) ? valuesAt(this.#parts.body.exactJson, names, steps) : values;
  }
}

function parseBody(body: Uint8Array, parse: Parse): { readonly value: unknown } | { readonly failure: string } {
  // An empty body is not JSON, but it clearly has no fields.
  if (body.byteLength === 0) return { value: undefined };
  try {
    return { value: parse(utf8.decode(body)) };
  } catch {
    // The parser's own message would quote the body.
    return { failure: 'the body is not JSON' };
  }
}

function found(values: readonly unknown[]): FieldValues {
  return values.length > 0 ? values : undefined;
}

/**
 * As in MongoDB: a name applied to a list selects that field of each element, and a number selects one element. A list at the end of
 * the path stands for each of its elements, or for itself if it is empty. Lists within lists are not searched.
 */
function valuesAt(json: unknown, names: readonly string[], steps: Steps): readonly unknown[] {
  let values: readonly unknown[] = json === undefined ? [] : [json];
  for (const name of names) {
    const isPosition = POSITION.test(name);
    const reached = isPosition ? values : values.flatMap(elementsOf);
    steps.take(reached.length);
    const holders = isPosition ? reached : reached.filter((value) => !Array.isArray(value));
    values = holders.flatMap((holder) => fieldOf(holder, name));
  }
  return values.flatMap((value) => (isEmptyList(value) ? [CONTAINER] : elementsOf(value).map(scalarOf)));
}

const POSITION = /^\d{1,9}$/;

/** Own properties only: `__proto__` leads nowhere. */
function fieldOf(holder: unknown, name: string): unknown[] {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return [];
  return [(holder as Record<string, unknown>)[name]];
}

/** Stands for a value that exists and equals nothing: sift would search lists within lists, as deep as the sender has nested them. */
const CONTAINER = Object.freeze({});

function scalarOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? CONTAINER : value;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
