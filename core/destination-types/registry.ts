import * as z from 'zod';
import { http } from './http.ts';
import type { Outputs } from './type-definition.ts';

/** Every type of destination: a line for each, and its file. */
export const typeDefinitions = { http } as const;

type Definitions = typeof typeDefinitions;
export type DestinationTypeName = keyof Definitions;

/** Where a destination sends to, by its type. */
export type DestinationTargets = {
  readonly [Type in DestinationTypeName]: Outputs<Definitions[Type]['targetFields']> & {
    readonly type: Type;
    readonly config: z.output<Definitions[Type]['config']>;
  };
};
export type DestinationTarget = DestinationTargets[DestinationTypeName];

/** In the order in which they are told. */
export const destinationTypes = Object.keys(typeDefinitions) as [DestinationTypeName, ...DestinationTypeName[]];

/** One schema of each type, as zod wants the options of a union. */
export function ofEachType<Schema>(
  make: (definition: Definitions[DestinationTypeName]) => Schema,
): [Schema, ...Schema[]] {
  const [first, ...others] = destinationTypes;
  return [make(typeDefinitions[first]), ...others.map((type) => make(typeDefinitions[type]))];
}

/** The target in a request that was accepted, or in a row: one of the time before there was a `config` has none. */
export const destinationTarget = z.discriminatedUnion(
  'type',
  ofEachType(({ type, targetFields, config }) =>
    z.object({ type: z.literal(type), ...targetFields, config: config.prefault({}) }),
  ),
) as z.ZodType<DestinationTarget>;

/** The name of a destination that is given none. */
export function nameOf<Type extends DestinationTypeName>(target: DestinationTargets[Type]): string {
  const definitions: { [Each in DestinationTypeName]: { nameOf(target: DestinationTargets[Each]): string } } =
    typeDefinitions;
  return definitions[target.type as Type].nameOf(target);
}
