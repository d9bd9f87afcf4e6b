import { type AttributeMap, type AttributeValue, attributeOf, type Item, setAttribute } from '../attribute-value.ts';
import { validationError } from '../errors.ts';
import { addDecimals, formatDecimal, parseDecimal, subtractDecimals } from '../number.ts';
import { type DocumentPath, resolvePath, stepInto } from './path.ts';
import { elementsOf, setOf, setTypeOf, type UpdateAction, type UpdateOperand } from './update.ts';

/**
 * The item after an update. All operands are read from the old item, so the order of the actions doesn't matter. List elements
 * are removed last and from the end, so that every index means what it meant in the old item.
 *
 * @throws ValidationException if a path leads nowhere or an operand doesn't fit.
 */
export function applyUpdate(actions: readonly UpdateAction[], item: Item): Item {
  const assignments: [DocumentPath, AttributeValue][] = [];
  const removals: DocumentPath[] = [];
  for (const action of actions) {
    const value = action.kind === 'remove' ? undefined : newValue(action, item);
    if (value) assignments.push([action.path, value]);
    else removals.push(action.path);
  }
  // Copied once, not for each action: an update of figures has dozens of actions, each on a top-level attribute.
  const updated = copy(item);
  // Elements beyond the end of a list are appended in the order of their indexes.
  assignments.sort(([one], [other]) => comparePaths(one, other));
  for (const [path, value] of assignments) {
    const member = firstMember(updated, path);
    setAttribute(updated, path[0], member ? assign(member, path, 1, value) : value);
  }
  removals.sort((one, other) => comparePaths(other, one));
  for (const path of removals) {
    const member = firstMember(updated, path);
    if (!member || path.length === 1) delete updated[path[0]];
    else setAttribute(updated, path[0], remove(member, path, 1));
  }
  return updated;
}

/** The value for the path of an action, or `undefined` if the attribute is to be removed. */
function newValue(action: Exclude<UpdateAction, { kind: 'remove' }>, item: Item): AttributeValue | undefined {
  switch (action.kind) {
    case 'set':
      return operandValue(action.value, item);
    case 'add':
      return sumOrUnion(resolvePath(item, action.path), action.value);
    case 'delete':
      return difference(resolvePath(item, action.path), action.value);
  }
}

function operandValue(operand: UpdateOperand, item: Item): AttributeValue {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path': {
      const value = resolvePath(item, operand.path);
      if (value) return value;
      throw validationError('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'if_not_exists':
      return resolvePath(item, operand.path) ?? operandValue(operand.otherwise, item);
    case 'list_append': {
      const [left, right] = [operandValue(operand.left, item), operandValue(operand.right, item)];
      if (!('L' in left) || !('L' in right)) throw wrongOperand();
      return { L: [...left.L, ...right.L] };
    }
    default: {
      const [left, right] = [operandValue(operand.left, item), operandValue(operand.right, item)];
      return { N: arithmetic(operand.kind, left, right) };
    }
  }
}

function arithmetic(operator: '+' | '-', left: AttributeValue, right: AttributeValue): string {
  if (!('N' in left) || !('N' in right)) throw wrongOperand();
  const compute = operator === '+' ? addDecimals : subtractDecimals;
  return formatDecimal(compute(parseDecimal(left.N), parseDecimal(right.N)));
}

/** ADD: adds to a number or unites with a set. If the attribute is missing, it is created. */
function sumOrUnion(existing: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if (!existing) return added;
  if ('N' in added) return { N: arithmetic('+', existing, added) };
  const { type, elements, others } = twoSets(existing, added);
  return setOf(type, [...new Set([...elements, ...others])]);
}

/** DELETE: the set without the given elements. An empty set is no value, so the attribute is then removed. */
function difference(existing: AttributeValue | undefined, deleted: AttributeValue): AttributeValue | undefined {
  if (!existing) return undefined;
  const { type, elements, others } = twoSets(existing, deleted);
  const rest = elements.filter((element) => !others.includes(element));
  return rest.length === 0 ? undefined : setOf(type, rest);
}

function twoSets(existing: AttributeValue, operand: AttributeValue) {
  const type = setTypeOf(operand);
  const others = type && elementsOf(operand, type);
  const elements = type && elementsOf(existing, type);
  if (!type || !elements || !others) throw wrongOperand();
  return { type, elements, others };
}

/** The top-level attribute in which a path begins. @throws ValidationException if it is missing although the path goes deeper */
function firstMember(item: AttributeMap, path: DocumentPath): AttributeValue | undefined {
  const member = attributeOf(item, path[0]);
  if (!member && path.length > 1) throw invalidPath();
  return member;
}

/** Copies everything along the path, so that the old item stays as it is. */
function assign(container: AttributeValue, path: DocumentPath, depth: number, value: AttributeValue): AttributeValue {
  if (depth === path.length) return value;
  const step = path[depth];
  const member = stepInto(container, step);
  const isLast = depth === path.length - 1;
  if (!member && !isLast) throw invalidPath();
  const changed = member && !isLast ? assign(member, path, depth + 1, value) : value;
  if (typeof step === 'number') {
    if (!('L' in container)) throw invalidPath();
    return { L: step < container.L.length ? container.L.with(step, changed) : [...container.L, changed] };
  }
  if (step === undefined || !('M' in container)) throw invalidPath();
  const map = copy(container.M);
  setAttribute(map, step, changed);
  return { M: map };
}

function remove(container: AttributeValue, path: DocumentPath, depth: number): AttributeValue {
  const step = path[depth];
  const member = stepInto(container, step);
  const isLast = depth === path.length - 1;
  if (!member && !isLast) throw invalidPath();
  const changed = member && !isLast ? remove(member, path, depth + 1) : undefined;
  if (typeof step === 'number') {
    if (!('L' in container)) throw invalidPath();
    if (changed) return { L: container.L.with(step, changed) };
    return member ? { L: container.L.toSpliced(step, 1) } : container;
  }
  if (step === undefined || !('M' in container)) throw invalidPath();
  if (!member) return container;
  const map = copy(container.M);
  if (changed) setAttribute(map, step, changed);
  else delete map[step];
  return { M: map };
}

function copy(map: AttributeMap): Record<string, AttributeValue> {
  return { ...map };
}

function comparePaths(one: DocumentPath, other: DocumentPath): number {
  const shared = Math.min(one.length, other.length);
  for (let position = 0; position < shared; position++) {
    const [left, right] = [one[position], other[position]];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return one.length - other.length;
}

function invalidPath(): Error {
  return validationError('The document path provided in the update expression is invalid for update');
}

function wrongOperand(): Error {
  return validationError('An operand in the update expression has an incorrect data type');
}
