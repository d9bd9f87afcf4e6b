import { resolve, type Scope } from './intrinsics.ts';
import { TemplateError } from './template.ts';

/**
 * The template's `Conditions`. Each is evaluated when it is first needed, because conditions may refer to one another.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
 */
export class Conditions {
  readonly #declared: Readonly<Record<string, unknown>>;
  readonly #ref: Scope['ref'];
  readonly #values = new Map<string, boolean>();
  readonly #evaluating = new Set<string>();

  /** @param ref resolves parameters and pseudo parameters: a condition can't refer to a resource. */
  constructor(declared: Readonly<Record<string, unknown>>, ref: Scope['ref']) {
    this.#declared = declared;
    this.#ref = ref;
  }

  isTrue(name: string): boolean {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.#declared, name)) throw new TemplateError(`the condition ${name} is not declared`);
    if (this.#evaluating.has(name)) throw new TemplateError(`the condition ${name} depends on itself`);
    this.#evaluating.add(name);
    const value = this.#evaluate(this.#declared[name]);
    this.#evaluating.delete(name);
    this.#values.set(name, value);
    return value;
  }

  #evaluate(expression: unknown): boolean {
    const [name, argument] = singleMember(expression);
    switch (name) {
      case 'Condition':
        return this.isTrue(String(argument));
      case 'Fn::Not':
        return operands(name, argument).every((operand) => !this.#evaluate(operand));
      case 'Fn::And':
        return operands(name, argument).every((operand) => this.#evaluate(operand));
      case 'Fn::Or':
        return operands(name, argument).some((operand) => this.#evaluate(operand));
      case 'Fn::Equals': {
        const [left, right] = operands(name, argument).map((operand) => resolve(operand, this.#scope()));
        return String(left) === String(right);
      }
      default:
        throw new TemplateError(`the local stack doesn't support the condition function ${name}`);
    }
  }

  #scope(): Scope {
    return {
      ref: this.#ref,
      attribute: (logicalId) => {
        throw new TemplateError(`a condition can't read an attribute of ${logicalId}`);
      },
      condition: (name) => this.isTrue(name),
    };
  }
}

function singleMember(expression: unknown): [string, unknown] {
  const members = typeof expression === 'object' && expression !== null ? Object.entries(expression) : [];
  const [member] = members;
  if (!member || members.length > 1) throw new TemplateError(`not a condition: ${JSON.stringify(expression)}`);
  return member;
}

function operands(name: string, argument: unknown): unknown[] {
  if (!Array.isArray(argument)) throw new TemplateError(`${name} needs a list`);
  return argument;
}
