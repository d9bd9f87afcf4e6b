import * as z from 'zod';
import type { JsonSchema } from './types.ts';

const PREFIX = '#/components/schemas/';

/** The zod schemas of the routes as JSON Schema. A schema with an `id` in its `.meta()` is named, and appears once. */
export class Schemas {
  readonly named: Record<string, JsonSchema> = {};

  /** What a request may hold. */
  ofRequest(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'input');
  }

  /** The schema of a response. */
  ofResponse(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'output');
  }

  /** The schema that a reference leads to. */
  resolve(schema: JsonSchema): JsonSchema {
    return schema.$ref === undefined ? schema : this.resolve(this.named[schema.$ref.slice(PREFIX.length)] ?? {});
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema, ...converted } = z.toJSONSchema(schema, {
      io,
      // A check written in code, such as that of ids, gives its JSON Schema in its `.meta()`.
      unrepresentable: 'any',
      override: simplify,
    });
    const text = JSON.stringify(converted).replaceAll('"#/$defs/', `"${PREFIX}`);
    const { $defs = {}, ...root } = JSON.parse(text) as JsonSchema;
    for (const [name, named] of Object.entries($defs)) this.#name(name, named);
    const name = z.globalRegistry.get(schema)?.id;
    return name === undefined || root.$ref !== undefined ? root : this.#name(name, root);
  }

  #name(name: string, schema: JsonSchema): JsonSchema {
    const known = this.named[name];
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are named ${name}`);
    this.named[name] = schema;
    return { $ref: `${PREFIX}${name}` };
  }
}

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

function simplify({ zodSchema, jsonSchema }: Parameters<Override>[0]): void {
  const { jsonSchema: own, examples } = z.globalRegistry.get(zodSchema) ?? {};
  // zod drops the examples of a request if part of it is transformed, as if they were examples of the result.
  if (Array.isArray(examples) && jsonSchema.$ref === undefined) jsonSchema.examples ??= examples;
  if (typeof own === 'object') {
    for (const key of ['type', 'pattern', 'jsonSchema']) delete jsonSchema[key];
    Object.assign(jsonSchema, own);
  }
  // The format says what the pattern takes 300 characters for.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // Requests with unknown fields are refused, but responses may get new fields.
  if (zodSchema._zod.def.type === 'object' && !('catchall' in zodSchema._zod.def)) {
    delete jsonSchema.additionalProperties;
  }
  if (JSON.stringify(jsonSchema.additionalProperties) === '{}') jsonSchema.additionalProperties = true;
  if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames;
}
