import type * as z from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;
export type Outputs<Fields extends Shape> = { readonly [Name in keyof Fields]: z.output<Fields[Name]> };

/**
 * What the API accepts for one type of destination. From these definitions, `registry.ts` builds the schemas of requests and rows, and
 * what responses show.
 */
interface TypeDefinition<
  Type extends string,
  Config extends z.ZodObject,
  Auth extends z.ZodType,
  Fields extends Shape,
  TargetFields extends Shape,
> {
  /** The value of `type`; stored with each destination, so it never changes. */
  readonly type: Type;
  /**
   * The fields that only this type has, in requests, responses and rows. Rows are parsed with it, too, so its rules may become looser but
   * never stricter, and a new field needs a default.
   */
  readonly config: Config;
  /** The fields of `config` that are sealed with the credentials, and shown masked. */
  readonly sealedConfig: readonly string[];
  /** The fields of `config` that are URLs chosen by users; their rules depend on where Hawser runs. */
  readonly urls?: readonly string[];
  /** The kinds of `auth` that it accepts; nullable if `auth` is optional. */
  readonly auth: Auth;
  /** Its own fields besides `config` and `auth`, as in updates. */
  readonly fields: Fields;
  /** Those of these fields that say where requests go. */
  readonly targetFields: TargetFields;
  /** The default name of a destination. */
  nameOf(target: Outputs<TargetFields> & { readonly config: z.output<Config> }): string;
}

/** Checks a definition and keeps its exact type. */
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
