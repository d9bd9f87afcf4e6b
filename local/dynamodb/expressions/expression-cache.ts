/** For each kind of expression. The stack's own functions have a few dozen. */
const MAX_EXPRESSIONS = 500;

/**
 * A bounded map from the text of an expression to its parsed form. It drops the one that hasn't been used for the longest time.
 */
export class ExpressionCache<Parsed> {
  readonly #parse: (expression: string) => Parsed;
  readonly #capacity: number;
  readonly #parsed = new Map<string, Parsed>();

  constructor(parse: (expression: string) => Parsed, capacity: number = MAX_EXPRESSIONS) {
    this.#parse = parse;
    this.#capacity = capacity;
  }

  get(expression: string): Parsed {
    const cached = this.#parsed.get(expression);
    const parsed = cached ?? this.#parse(expression);
    if (cached !== undefined) this.#parsed.delete(expression);
    // Inserted again, so that the map's order is the order of use.
    this.#parsed.set(expression, parsed);
    if (this.#parsed.size > this.#capacity) this.#forgetOldest();
    return parsed;
  }

  #forgetOldest(): void {
    for (const oldest of this.#parsed.keys()) {
      this.#parsed.delete(oldest);
      return;
    }
  }
}
