import { Buffer } from 'node:buffer';
import { MAX_EXPRESSION_BYTES } from '../limits.ts';
import type { PathNode, PathStep } from './ast.ts';
import { type Token, type TokenKind, tokenize } from './tokenizer.ts';

/** A problem in one expression. The caller adds the name of the parameter in front. */
export class ExpressionProblem extends Error {}

/** The tokens of an expression with a cursor, shared by the parsers of all five kinds of expression. */
export class TokenStream {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;
  #lastWrapped: object | undefined;
  /** Whether there was `((…))`. This is only reported if the rest of the syntax is right. */
  #redundantParentheses = false;

  constructor(expression: string) {
    if (expression === '') throw new ExpressionProblem('The expression can not be empty;');
    if (Buffer.byteLength(expression) > MAX_EXPRESSION_BYTES) {
      throw new ExpressionProblem(
        `Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(expression)}`,
      );
    }
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[this.#position + ahead] ?? this.#tokens.at(-1);
    if (!token) throw new Error('a token list ends in <EOF>');
    return token;
  }

  /** Whether the next token is this symbol or keyword. */
  at(id: string): boolean {
    const token = this.peek();
    return token.id === id && (token.kind === 'symbol' || token.kind === 'keyword');
  }

  /** Takes the symbol or keyword if it is next. */
  take(id: string): boolean {
    if (!this.at(id)) return false;
    this.#position++;
    return true;
  }

  expect(id: string): void {
    if (!this.take(id)) throw this.syntaxError();
  }

  takeKind(kind: TokenKind): Token | undefined {
    const token = this.peek();
    if (token.kind !== kind) return undefined;
    this.#position++;
    return token;
  }

  expectKind(kind: TokenKind): Token {
    const token = this.takeKind(kind);
    if (!token) throw this.syntaxError();
    return token;
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError();
    if (this.#redundantParentheses) throw new ExpressionProblem('The expression has redundant parentheses;');
  }

  /**
   * `(…)` around whatever `parse` reads. Parentheses directly within parentheses are redundant. They are recognized because
   * `parse` then returns the very node that was wrapped last.
   */
  parenthesized<T extends object>(parse: () => T): T {
    this.expect('(');
    if (++this.#depth > MAX_DEPTH) throw new ExpressionProblem('The expression is nested too deeply;');
    const inner = parse();
    this.expect(')');
    this.#depth--;
    if (this.#lastWrapped === inner) this.#redundantParentheses = true;
    this.#lastWrapped = inner;
    return inner;
  }

  /** The error for a token that is out of place. It names the token and its two neighbours. */
  syntaxError(): ExpressionProblem {
    const token = this.peek();
    const before = this.#tokens[this.#position - 1];
    const after = this.#tokens[this.#position + 1] ?? token;
    const near = this.#expression.slice(before?.start ?? 0, after.end);
    return new ExpressionProblem(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  /** `a.b[3].#c` */
  path(): PathNode {
    const steps: PathStep[] = [this.#pathName()];
    for (;;) {
      if (this.take('.')) {
        steps.push(this.#pathName());
      } else if (this.take('[')) {
        steps.push({ index: this.#listIndex() });
        this.expect(']');
      } else {
        if (steps.length > MAX_PATH_STEPS) {
          throw new ExpressionProblem(`The document path has too many nesting levels; nesting levels: ${steps.length}`);
        }
        return { kind: 'path', steps };
      }
    }
  }

  #pathName(): PathStep {
    const identifier = this.takeKind('identifier');
    if (identifier) return { name: identifier.text };
    return { placeholder: this.expectKind('name').text };
  }

  #listIndex(): number {
    const { text } = this.expectKind('number');
    const index = Number(text);
    if (index > MAX_LIST_INDEX) {
      throw new ExpressionProblem(`List index is not within the allowable range; index: [${text}]`);
    }
    return index;
  }
}

const MAX_LIST_INDEX = 2 ** 31 - 1;
const MAX_DEPTH = 300;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const MAX_PATH_STEPS = 32;
