import type { Scope } from './intrinsics.ts';
import { type Template, TemplateError, type TemplateResource } from './template.ts';

/**
 * The order in which resources can be created: each one after everything that it refers to or names in `DependsOn`, otherwise in
 * the template's order.
 * @throws TemplateError that names the resources of a cycle, or a name that isn't declared.
 */
export function creationOrder(
  template: Template,
  isParameter: (name: string) => boolean,
  condition: Scope['condition'],
): string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];

  function visit(logicalId: string, resource: TemplateResource): void {
    if (done.has(logicalId)) return;
    const cycleStart = path.indexOf(logicalId);
    if (cycleStart >= 0) {
      throw new TemplateError(`resources refer to each other: ${[...path.slice(cycleStart), logicalId].join(' → ')}`);
    }
    path.push(logicalId);
    for (const name of dependencies(resource, isParameter, condition)) {
      const dependency = Object.hasOwn(template.Resources, name) ? template.Resources[name] : undefined;
      if (!dependency) throw new TemplateError(`${logicalId} refers to ${name}, which the template doesn't declare`);
      if (dependency.Condition === undefined || condition(dependency.Condition)) visit(name, dependency);
    }
    path.pop();
    done.add(logicalId);
    order.push(logicalId);
  }

  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    if (resource.Condition === undefined || condition(resource.Condition)) visit(logicalId, resource);
  }
  return order;
}

function dependencies(
  resource: TemplateResource,
  isParameter: (name: string) => boolean,
  condition: Scope['condition'],
): Set<string> {
  const names = referencesIn(resource.Properties, condition).filter((name) => !isParameter(name));
  return new Set([...resource.DependsOn, ...names]);
}

/** The names that `Ref`, `Fn::GetAtt` and `Fn::Sub` mention in a value, except in branches of `Fn::If` that are not taken. */
export function referencesIn(value: unknown, condition: Scope['condition']): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => referencesIn(entry, condition));
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value);
  const [name, argument] = members.length === 1 && members[0] ? members[0] : [];
  if (name === 'Ref') return argument === 'AWS::NoValue' ? [] : [String(argument)];
  if (name === 'Fn::GetAtt' && Array.isArray(argument)) return [String(argument[0])];
  if (name === 'Fn::Sub') return substitutedNames(argument, condition);
  if (name === 'Fn::If' && Array.isArray(argument)) {
    return referencesIn(condition(String(argument[0])) ? argument[1] : argument[2], condition);
  }
  return members.flatMap(([, member]) => referencesIn(member, condition));
}

function substitutedNames(argument: unknown, condition: Scope['condition']): string[] {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const own = new Set(Object.keys(variables));
  const names = [...String(template).matchAll(/\$\{([^}!][^}]*)\}/g)]
    .map(([, expression = '']) => expression)
    .filter((expression) => !own.has(expression))
    .map((expression) => expression.split('.')[0] ?? expression);
  return [...names, ...referencesIn(variables, condition)];
}
