import type { Schemas } from './schemas.ts';
import type { JsonSchema } from './types.ts';

/**
 * An example of what a schema describes, put together from the examples of its parts.
 *
 * @param where named in the error message
 * @throws Error that names the part without an example
 */
export function exampleOf(schema: JsonSchema, schemas: Schemas, where: string): unknown {
  const { examples, const: constant, enum: values, default: preset } = schema;
  if (schema.$ref !== undefined)
    return exampleOf(schemas.resolve(schema), schemas, schema.$ref.split('/').at(-1) ?? '');
  if (examples?.[0] !== undefined) return examples[0];
  for (const value of [constant, values?.[0], preset]) if (value !== undefined) return value;
  if (schema.properties) return exampleOfObject(schema, schemas, where);
  const [option] = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (typeof option === 'object') return exampleOf(option, schemas, where);
  if (typeof schema.items === 'object' && !Array.isArray(schema.items)) {
    return [exampleOf(schema.items, schemas, `${where}[]`)];
  }
  throw noExample(where);
}

/** For a request, only the required fields: the schema shows the rest. In a response every field is required. */
function exampleOfObject({ properties = {}, required = [] }: JsonSchema, schemas: Schemas, where: string): object {
  const shown = Object.entries(properties).filter(([name]) => required.includes(name));
  if (shown.length === 0) throw noExample(where);
  return Object.fromEntries(
    shown.map(([name, property]) => [
      name,
      typeof property === 'object' ? exampleOf(property, schemas, `${where}.${name}`) : null,
    ]),
  );
}

function noExample(where: string): Error {
  return new Error(`${where} has no example for the reference: add .meta({ examples: [ … ] }) to its zod schema`);
}
