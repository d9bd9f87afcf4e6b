import type * as z from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;
export type Outputs<Fields extends Shape> = { readonly [Name in keyof Fields]: z.output<Fields[Name]> };

/**
 * What the API takes for one type of destination. From these, `registry.ts` makes the schemas of requests and rows, and what
 * answers show.
 */
interface TypeDefinition<
  Type extends string,
  Config extends z.ZodObject,
  Auth extends z.ZodType,
  Fields extends Shape,
  TargetFields extends Shape,
> {
  /** As `type` says; kept with each destination, so it never changes. */
  readonly type: Type;
  /**
   * What only this type has, as the API, the row and the answers have it. Rows are read by it, too: its rules may become
   * looser, never stricter, and a new field has a default.
   */
  readonly config: Config;
  /** The fields of `config` that are sealed with the credentials, and shown masked. */
  readonly sealedConfig: readonly string[];
  /** The fields of `config` that are URLs which a user may choose: checked by the rules of where Hawser runs. */
  readonly urls?: readonly string[];
  /** The kinds of `auth` that it takes; nullable where it needs none. */
  readonly auth: Auth;
  /** Fields of its own beside `config` and `auth`, as a change may name them. */
  readonly fields: Fields;
  /** Those of them that say where it sends to. */
  readonly targetFields: TargetFields;
  /** The name of a destination that is given none. */
  nameOf(target: Outputs<TargetFields> & { readonly config: z.output<Config> }): string;
}

/** Checks a definition, and keeps its exact type. */
export function defineType<
  const Type extends string,
  Config extends z.ZodObject,
  Auth extends z.ZodType,
  Fields extends Shape,
  TargetFields extends Shape,
>(
  definition: TypeDefinition<Type, Config, Auth, Fields, TargetFields>,
): TypeDefinition<Type, Config, Auth, Fields, TargetFields> {
  return definition;
}
