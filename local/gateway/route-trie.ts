import { ANY_METHODS, type RouteSpec } from './rest-api.ts';

/** One method of one resource; `index` is its place in the specification. */
export interface Route {
  readonly index: number;
  readonly resource: string;
  readonly functionArn: string;
}

export interface RouteMatch {
  readonly route: Route;
  /** As sent, not percent-decoded, because a proxy integration gets them that way. `null` for a resource without parameters. */
  readonly pathParameters: Record<string, string> | null;
}

interface Node {
  readonly literals: Map<string, Node>;
  readonly methods: Map<string, Route>;
  parameter?: { readonly name: string; readonly node: Node };
  greedy?: { readonly name: string; readonly methods: Map<string, Route> };
}

/**
 * The resources of a REST API. A literal segment beats `{name}`, which beats `{name+}`. If the better resource lacks the method
 * or the rest of the path, the next one is tried, as in API Gateway.
 */
export class RouteTrie {
  readonly #root: Node = newNode();

  constructor(routes: readonly RouteSpec[]) {
    routes.forEach((spec, index) => {
      this.#add(spec, { index, resource: spec.path, functionArn: spec.functionArn });
    });
  }

  /** @param path starts with a slash and has no query. Empty segments at its start and a slash at its end don't count. */
  match(method: string, path: string): RouteMatch | undefined {
    const segments = path.split('/');
    let start = 0;
    while (start < segments.length && segments[start] === '') start += 1;
    while (segments.length > start && segments[segments.length - 1] === '') segments.pop();
    const captured: string[] = [];
    const route = find(this.#root, method, segments, start, captured);
    return route && { route, pathParameters: captured.length === 0 ? null : parametersOf(captured) };
  }

  #add(spec: RouteSpec, route: Route): void {
    let node = this.#root;
    let methods = node.methods;
    for (const segment of spec.path.split('/').slice(1)) {
      if (segment === '') continue;
      if (methods !== node.methods) throw new Error(`${spec.path}: only the last segment may be greedy`);
      if (segment.startsWith('{') && segment.endsWith('+}')) {
        node.greedy ??= { name: segment.slice(1, -2), methods: new Map() };
        methods = node.greedy.methods;
        continue;
      }
      node = segment.startsWith('{') && segment.endsWith('}') ? parameterOf(node, segment) : literalOf(node, segment);
      methods = node.methods;
    }
    const names = spec.method === 'ANY' ? ANY_METHODS : [spec.method];
    for (const name of names) {
      // A method of its own beats ANY, whichever of them is declared first.
      if (spec.method !== 'ANY' || !methods.has(name)) methods.set(name, route);
    }
  }
}

function find(
  node: Node,
  method: string,
  segments: readonly string[],
  at: number,
  captured: string[],
): Route | undefined {
  if (at === segments.length) return node.methods.get(method);
  const segment = segments[at] ?? '';
  const literal = node.literals.get(segment);
  const byLiteral = literal && find(literal, method, segments, at + 1, captured);
  if (byLiteral) return byLiteral;
  if (node.parameter && segment !== '') {
    captured.push(node.parameter.name, segment);
    const byParameter = find(node.parameter.node, method, segments, at + 1, captured);
    if (byParameter) return byParameter;
    captured.length -= 2;
  }
  const greedy = node.greedy?.methods.get(method);
  if (node.greedy && greedy) captured.push(node.greedy.name, segments.slice(at).join('/'));
  return greedy;
}

function parametersOf(captured: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (let at = 0; at + 1 < captured.length; at += 2) parameters[captured[at] ?? ''] = captured[at + 1] ?? '';
  return parameters;
}

function newNode(): Node {
  return { literals: new Map(), methods: new Map() };
}

function literalOf(node: Node, segment: string): Node {
  let child = node.literals.get(segment);
  if (!child) {
    child = newNode();
    node.literals.set(segment, child);
  }
  return child;
}

function parameterOf(node: Node, segment: string): Node {
  const name = segment.slice(1, -1);
  node.parameter ??= { name, node: newNode() };
  if (node.parameter.name !== name) {
    throw new Error(`${segment}: its parent already has the path parameter {${node.parameter.name}}`);
  }
  return node.parameter.node;
}
