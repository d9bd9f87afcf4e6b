import { type AttributeValue, type SetType, sortedSet, typeOf } from '../attribute-value.ts';
import type { OperandNode, UpdateNode } from './ast.ts';
import { OperatorCounter } from './operator-counter.ts';
import { bindPath, checkDistinctPaths, checkReserved, type DocumentPath, formatPath, isSamePath } from './path.ts';
import type { ExpressionScope } from './scope.ts';
import { ExpressionProblem } from './token-stream.ts';
import type { ParsedUpdate } from './update-parser.ts';

/** An update with all placeholders resolved, ready to be applied to items. */
export type UpdateAction =
  | { readonly kind: 'set'; readonly path: DocumentPath; readonly value: UpdateOperand }
  | { readonly kind: 'remove'; readonly path: DocumentPath }
  | { readonly kind: 'add' | 'delete'; readonly path: DocumentPath; readonly value: AttributeValue };

export type UpdateOperand =
  | { readonly kind: 'path'; readonly path: DocumentPath }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'if_not_exists'; readonly path: DocumentPath; readonly otherwise: UpdateOperand }
  | { readonly kind: 'list_append' | '+' | '-'; readonly left: UpdateOperand; readonly right: UpdateOperand };

const UPDATE_FUNCTIONS: ReadonlySet<string> = new Set(['if_not_exists', 'list_append']);
const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);

/** Checks what doesn't depend on names and values, so it runs only once for each text. @throws ExpressionProblem */
export function checkUpdate({ sections, actions }: ParsedUpdate): void {
  const counter = new OperatorCounter();
  for (const action of actions) {
    checkReserved(action.path);
    if (action.kind === 'set') checkOperand(action.value, counter);
  }
  const repeated = sections.find((section, position) => sections.indexOf(section) < position);
  if (repeated) {
    throw new ExpressionProblem(`The "${repeated}" section can only be used once in an update expression;`);
  }
}

function checkOperand(operand: OperandNode, counter: OperatorCounter): void {
  switch (operand.kind) {
    case 'path':
      checkReserved(operand);
      return;
    case 'value':
      return;
    case 'function':
      counter.add();
      checkFunctionName(operand.name);
      checkNested(operand.operands, counter);
      return;
    case 'arithmetic':
      counter.add();
      checkNested([operand.left, operand.right], counter);
  }
}

function checkFunctionName(name: string): void {
  if (UPDATE_FUNCTIONS.has(name)) return;
  if (CONDITION_FUNCTIONS.has(name)) {
    throw new ExpressionProblem(`The function is not allowed in an update expression; function: ${name}`);
  }
  throw new ExpressionProblem(`Invalid function name; function: ${name}`);
}

/** Within functions and sums only `if_not_exists` makes sense, because its value can have any type. */
function checkNested(operands: readonly OperandNode[], counter: OperatorCounter): void {
  for (const operand of operands) {
    checkOperand(operand, counter);
    if (operand.kind !== 'function' || operand.name === 'if_not_exists') continue;
    throw new ExpressionProblem(
      `The function is not allowed to be used this way in an expression; function: ${operand.name}`,
    );
  }
}

/** Resolves the placeholders. @throws ExpressionProblem */
export function bindUpdate({ actions: nodes }: ParsedUpdate, scope: ExpressionScope): UpdateAction[] {
  const targets = nodes.map((node) => ({ node, path: bindPath(node.path, scope) }));
  checkDistinctPaths(targets.map(({ path }) => path));
  const actions = targets.map(({ node, path }) => bindAction(node, path, scope));
  for (const action of actions) {
    if (action.kind === 'add' || action.kind === 'delete') checkSectionOperand(action.kind, action.value);
  }
  return actions;
}

function bindAction(node: UpdateNode, path: DocumentPath, scope: ExpressionScope): UpdateAction {
  switch (node.kind) {
    case 'set':
      return { kind: 'set', path, value: bindOperand(node.value, scope) };
    case 'remove':
      return { kind: 'remove', path };
    default:
      return { kind: node.kind, path, value: scope.value(node.value.placeholder) };
  }
}

function bindOperand(node: OperandNode, scope: ExpressionScope): UpdateOperand {
  switch (node.kind) {
    case 'path':
      return { kind: 'path', path: bindPath(node, scope) };
    case 'value':
      return { kind: 'value', value: scope.value(node.placeholder) };
    case 'arithmetic': {
      const [left, right] = [bindOperand(node.left, scope), bindOperand(node.right, scope)];
      checkOperandType(node.operator, [left, right], 'N');
      return { kind: node.operator, left, right };
    }
    case 'function':
      return bindFunction(node.name, node.operands, scope);
  }
}

function bindFunction(name: string, nodes: readonly OperandNode[], scope: ExpressionScope): UpdateOperand {
  const [left, right, ...others] = nodes.map((operand) => bindOperand(operand, scope));
  if (!left || !right || others.length > 0) {
    throw new ExpressionProblem(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${nodes.length}`,
    );
  }
  if (name === 'list_append') {
    checkOperandType(name, [left, right], 'L');
    return { kind: 'list_append', left, right };
  }
  if (left.kind !== 'path') {
    throw new ExpressionProblem(`Operator or function requires a document path; operator or function: ${name}`);
  }
  if (right.kind === 'path' && isSamePath(left.path, right.path)) {
    throw new ExpressionProblem(
      'The first operand must be distinct from the remaining operands for this operator or function; ' +
        `operator: ${name}, first operand: ${formatPath(left.path)}`,
    );
  }
  return { kind: 'if_not_exists', path: left.path, otherwise: right };
}

function checkOperandType(name: string, operands: readonly UpdateOperand[], wanted: 'N' | 'L'): void {
  for (const operand of operands) {
    if (operand.kind !== 'value' || wanted in operand.value) continue;
    throw new ExpressionProblem(
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(operand.value)}`,
    );
  }
}

const typeNames: Record<string, string> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  L: 'LIST',
  M: 'MAP',
};

function checkSectionOperand(section: 'add' | 'delete', value: AttributeValue): void {
  if (isSet(value) || (section === 'add' && 'N' in value)) return;
  const name = section.toUpperCase();
  throw new ExpressionProblem(
    `Incorrect operand type for operator or function; operator: ${name}, ` +
      `operand type: ${typeNames[typeOf(value)]}, typeSet: ALLOWED_FOR_${name}_OPERAND`,
  );
}

function isSet(value: AttributeValue): boolean {
  return 'SS' in value || 'NS' in value || 'BS' in value;
}

/** The elements of a set; `undefined` if the value is not a set of this type. */
export function elementsOf(value: AttributeValue, type: SetType): readonly string[] | undefined {
  if (type === 'SS') return 'SS' in value ? value.SS : undefined;
  if (type === 'NS') return 'NS' in value ? value.NS : undefined;
  return 'BS' in value ? value.BS : undefined;
}

export function setOf(type: SetType, elements: readonly string[]): AttributeValue {
  const sorted = sortedSet(type, elements);
  if (type === 'SS') return { SS: sorted };
  return type === 'NS' ? { NS: sorted } : { BS: sorted };
}

export function setTypeOf(value: AttributeValue): SetType | undefined {
  if ('SS' in value) return 'SS';
  if ('NS' in value) return 'NS';
  return 'BS' in value ? 'BS' : undefined;
}
