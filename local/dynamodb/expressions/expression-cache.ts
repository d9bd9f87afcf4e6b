/** A bounded map that forgets what was not used for longest. */
export class ExpressionCache<Parsed> {
  readonly #parse: (expression: string) => Parsed;
  readonly #parsed = new Map<string, Parsed>();

  constructor(parse: (expression: string) => Parsed) {
    this.#parse = parse;
  }

  get(expression: string): Parsed {
    const cached = this.#parsed.get(expression);
    if (cached !== undefined) {
      this.#parsed.delete(expression);
      this.#parsed.set(expression, cached);
      return cached;
    }
    const parsed = this.#parse(expression);
    this.#parsed.set(expression, parsed);
    if (this.#parsed.size > MAX_EXPRESSIONS) this.#forgetOldest();
    return parsed;
  }

  #forgetOldest(): void {
    for (const oldest of this.#parsed.keys()) {
      this.#parsed.delete(oldest);
      return;
    }
  }
}

/** Of each kind; the stack's own functions have a few dozen. */
const MAX_EXPRESSIONS = 500;
