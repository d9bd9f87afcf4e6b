import { type AttributeMap, type AttributeValue, attributeOf } from '../attribute-value.ts';
import type { PathNode } from './ast.ts';
import { isReserved } from './reserved-words.ts';
import type { ExpressionScope } from './scope.ts';
import { ExpressionProblem } from './token-stream.ts';

/** A document path with its names resolved: attribute names, and indexes of list elements. The first step is a name. */
export type DocumentPath = readonly [string, ...(string | number)[]];

export function bindPath(node: PathNode, scope: ExpressionScope): DocumentPath {
  const [first, ...rest] = node.steps.map((step) => {
    if ('index' in step) return step.index;
    return 'name' in step ? step.name : scope.name(step.placeholder);
  });
  if (typeof first !== 'string') throw new Error('a path starts with a name');
  return [first, ...rest];
}

/** Names that are written out in the expression must not be reserved words. */
export function checkReserved(node: PathNode): void {
  for (const step of node.steps) {
    if ('name' in step && isReserved(step.name)) {
      throw new ExpressionProblem(`Attribute name is a reserved keyword; reserved keyword: ${step.name}`);
    }
  }
}

export function resolvePath(item: AttributeMap, path: DocumentPath): AttributeValue | undefined {
  let value = attributeOf(item, path[0]);
  for (let position = 1; position < path.length && value; position++) value = stepInto(value, path[position]);
  return value;
}

export function stepInto(value: AttributeValue, step: string | number | undefined): AttributeValue | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return step !== undefined && 'M' in value ? attributeOf(value.M, step) : undefined;
}

/** `[a, [0], b]`, as the service writes paths in its messages. */
export function formatPath(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

export function isSamePath(one: DocumentPath, other: DocumentPath): boolean {
  return one.length === other.length && one.every((step, position) => step === other[position]);
}

/** No two paths of an update or a projection may touch the same value. @throws ExpressionProblem */
export function checkDistinctPaths(paths: readonly DocumentPath[]): void {
  for (let later = 1; later < paths.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const [one, other] = [paths[earlier], paths[later]];
      if (one && other) checkPair(one, other);
    }
  }
}

function checkPair(one: DocumentPath, other: DocumentPath): void {
  const shared = Math.min(one.length, other.length);
  let kind = 'overlap';
  for (let position = 0; position < shared; position++) {
    const [left, right] = [one[position], other[position]];
    if (left === right) continue;
    if (typeof left === typeof right) return;
    kind = 'conflict';
    break;
  }
  throw new ExpressionProblem(
    `Two document paths ${kind} with each other; must remove or rewrite one of these paths; ` +
      `path one: ${formatPath(one)}, path two: ${formatPath(other)}`,
  );
}
