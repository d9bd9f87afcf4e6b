import type { AttributeValue, Item } from '../attribute-value.ts';
import { setAttribute } from '../attribute-value.ts';
import type { PathNode } from './ast.ts';
import { bindPath, checkDistinctPaths, checkReserved, type DocumentPath, stepInto } from './path.ts';
import type { ExpressionScope } from './scope.ts';
import { TokenStream } from './token-stream.ts';

/** `a, b.c, d[0]` @throws ExpressionProblem */
export function parseProjection(expression: string): PathNode[] {
  const tokens = new TokenStream(expression);
  const paths = [tokens.path()];
  while (tokens.take(',')) paths.push(tokens.path());
  tokens.expectEnd();
  for (const path of paths) checkReserved(path);
  return paths;
}

export function bindProjection(nodes: readonly PathNode[], scope: ExpressionScope): DocumentPath[] {
  const paths = nodes.map((node) => bindPath(node, scope));
  checkDistinctPaths(paths);
  return paths;
}

/** The values at the paths, nested as in the item. A list has only its chosen elements, in their order. */
export function project(item: Item, paths: readonly DocumentPath[]): Item {
  const chosen = choose({ M: item }, paths, 0);
  return chosen && 'M' in chosen ? chosen.M : {};
}

function choose(
  value: AttributeValue,
  paths: readonly (readonly (string | number)[])[],
  depth: number,
): AttributeValue | undefined {
  if (paths.some((path) => path.length === depth)) return value;
  const byStep = Map.groupBy(paths, (path) => path[depth]);
  const found: [string | number, AttributeValue][] = [];
  for (const [step, inner] of byStep) {
    const member = stepInto(value, step);
    const chosen = member && choose(member, inner, depth + 1);
    if (chosen && step !== undefined) found.push([step, chosen]);
  }
  if (found.length === 0) return undefined;
  if ('L' in value)
    return { L: found.sort(([one], [other]) => Number(one) - Number(other)).map(([, member]) => member) };
  const members: Record<string, AttributeValue> = {};
  for (const [step, member] of found) setAttribute(members, String(step), member);
  return { M: members };
}
