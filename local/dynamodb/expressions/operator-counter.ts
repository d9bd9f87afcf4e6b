import { ExpressionProblem } from './token-stream.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const MAX_OPERATORS = 300;

/** Counts the operators and functions of one expression. */
export class OperatorCounter {
  #count = 0;

  add(): void {
    if (++this.#count <= MAX_OPERATORS) return;
    throw new ExpressionProblem(`The expression contains too many operators; operator count: ${this.#count}`);
  }
}
