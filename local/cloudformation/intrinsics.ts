import { TemplateError } from './template.ts';

/** Resolves the names in a template while one of its values is evaluated. */
export interface Scope {
  /** The value of `{"Ref": name}`: a resource, a parameter or a pseudo parameter other than `AWS::NoValue`. */
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
}

/** Stands for `AWS::NoValue` until the property or list entry that holds it is removed. */
const noValue = Symbol('AWS::NoValue');

type IntrinsicFunction = (argument: unknown, scope: Scope) => unknown;

const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, scope) => (argument === 'AWS::NoValue' ? noValue : scope.ref(text('Ref', argument))),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = list('Fn::GetAtt', argument, 2);
    return scope.attribute(text('Fn::GetAtt', logicalId), text('Fn::GetAtt', attribute));
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, parts] = list('Fn::Join', argument, 2);
    const resolved = list('Fn::Join', evaluate(parts, scope));
    return resolved.map((part) => scalar('Fn::Join', part)).join(text('Fn::Join', delimiter));
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables] = typeof argument === 'string' ? [argument, {}] : list('Fn::Sub', argument, 2);
    return substitute(text('Fn::Sub', template), evaluate(variables, scope), scope);
  },
  'Fn::Select': (argument, scope) => {
    const [index, options] = list('Fn::Select', argument, 2);
    const resolved = list('Fn::Select', evaluate(options, scope));
    const position = Number(scalar('Fn::Select', evaluate(index, scope)));
    if (!Number.isInteger(position) || position < 0 || position >= resolved.length) {
      throw new TemplateError(`Fn::Select names the entry ${position} of a list of ${resolved.length}`);
    }
    return resolved[position];
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = list('Fn::Split', argument, 2);
    return text('Fn::Split', evaluate(source, scope)).split(text('Fn::Split', delimiter));
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = list('Fn::If', argument, 3);
    return evaluate(scope.condition(text('Fn::If', condition)) ? whenTrue : whenFalse, scope);
  },
};

/**
 * Replaces every intrinsic function inside `value`. A property or list entry that is `AWS::NoValue` is left out.
 * @returns the value, or `undefined` if all of it is `AWS::NoValue`.
 * @throws TemplateError for a function that is unknown here or badly formed.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = evaluate(value, scope);
  return resolved === noValue ? undefined : resolved;
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((entry) => evaluate(entry, scope)).filter((entry) => entry !== noValue);
  if (!isRecord(value)) return value;
  const call = intrinsicCall(value);
  if (call) return call.run(call.argument, scope);
  const resolved: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const memberValue = evaluate(member, scope);
    if (memberValue !== noValue) resolved[name] = memberValue;
  }
  return resolved;
}

/** An intrinsic function is an object with a single member, named `Ref` or `Fn::…`. */
function intrinsicCall(value: Record<string, unknown>): { run: IntrinsicFunction; argument: unknown } | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  if (name !== 'Ref' && !name.startsWith('Fn::')) return undefined;
  const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!run) throw new TemplateError(`the local stack doesn't support the intrinsic function ${name}`);
  return { run, argument };
}

/** `${Name}`, `${Name.Attribute}` and the escape `${!Literal}`. */
function substitute(template: string, variables: unknown, scope: Scope): string {
  const known = isRecord(variables) ? variables : {};
  return template.replace(/\$\{([^}]*)\}/g, (_, expression: string) => {
    if (expression.startsWith('!')) return `\${${expression.slice(1)}}`;
    if (Object.hasOwn(known, expression)) return scalar('Fn::Sub', known[expression]);
    const [logicalId = '', ...attribute] = expression.split('.');
    const value = attribute.length > 0 ? scope.attribute(logicalId, attribute.join('.')) : scope.ref(logicalId);
    return scalar('Fn::Sub', value);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TemplateError(`${name} needs a string, not ${JSON.stringify(value)}`);
  return value;
}

function scalar(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(`${name} needs a string, not ${JSON.stringify(value)}`);
}

function list(name: string, value: unknown, length?: number): unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  const wanted = length === undefined ? 'a list' : `a list of ${length}`;
  throw new TemplateError(`${name} needs ${wanted}, not ${JSON.stringify(value)}`);
}
