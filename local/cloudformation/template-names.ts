import { Conditions } from './conditions.ts';
import { resolve, type Scope } from './intrinsics.ts';
import { type Environment, pseudoParameters } from './names.ts';
import type { Created } from './resource-type.ts';
import { type Template, TemplateError } from './template.ts';

/** Resolves the names in a template to their values. */
export class TemplateNames {
  readonly #template: Template;
  readonly #pseudo: Readonly<Record<string, unknown>>;
  readonly #conditions: Conditions;

  constructor(template: Template, environment: Environment) {
    this.#template = template;
    this.#pseudo = pseudoParameters(environment);
    this.#conditions = new Conditions(template.Conditions, (name) => this.#parameter(name));
  }

  readonly isParameter = (name: string): boolean =>
    name.startsWith('AWS::') || Object.hasOwn(this.#template.Parameters, name);

  /** @param resources is added to while the resources are created. */
  scope(resources: ReadonlyMap<string, Created>): Scope {
    return {
      ref: (name) => (this.isParameter(name) ? this.#parameter(name) : requireCreated(resources, name).ref),
      attribute: (logicalId, attribute) => {
        const attributes = requireCreated(resources, logicalId).attributes ?? {};
        if (Object.hasOwn(attributes, attribute)) return attributes[attribute];
        const type = this.#template.Resources[logicalId]?.Type;
        throw new TemplateError(
          `the local stack does not provide the attribute ${attribute} of ${logicalId} (${type})`,
        );
      },
      condition: (name) => this.#conditions.isTrue(name),
    };
  }

  outputs(scope: Scope): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#template.Outputs)
        .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition))
        .map(([name, { Value }]) => [name, String(resolve(Value, scope))]),
    );
  }

  #parameter(name: string): unknown {
    if (Object.hasOwn(this.#pseudo, name)) return this.#pseudo[name];
    const { Parameters } = this.#template;
    const parameter = Object.hasOwn(Parameters, name) ? Parameters[name] : undefined;
    if (parameter?.Default === undefined || parameter.Type.startsWith('AWS::SSM::')) {
      throw new TemplateError(`the local stack has no value for the parameter ${name}`);
    }
    return parameter.Default;
  }
}

function requireCreated(resources: ReadonlyMap<string, Created>, logicalId: string): Created {
  const resource = resources.get(logicalId);
  if (!resource) throw new TemplateError(`the template declares no resource ${logicalId}`);
  return resource;
}
