import * as z from 'zod';
import type { DestinationAuth } from './auth.ts';
import { eventbridge } from './eventbridge.ts';
import { http } from './http.ts';
import { kafka } from './kafka.ts';
import { pubsub } from './pubsub.ts';
import { rabbitmq } from './rabbitmq.ts';
import { s3 } from './s3.ts';
import { sqs } from './sqs.ts';
import type { Outputs } from './type-definition.ts';
import { websocket } from './websocket.ts';

/** Every type of destination: a line for each, and its file. */
const definitions = { http, sqs, s3, eventbridge, pubsub, kafka, rabbitmq, websocket } as const;

type Definitions = typeof definitions;
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
export const destinationTypes = Object.keys(definitions) as [DestinationTypeName, ...DestinationTypeName[]];

/** All but `http`, which has fields beside `config` that the others have in it. */
export const otherTypes = destinationTypes.filter((type) => type !== 'http');

/** What is the same of every definition, for what is made of all of them. */
interface SomeDefinition<Type extends DestinationTypeName = DestinationTypeName> {
  readonly type: Type;
  readonly config: z.ZodType<Record<string, unknown>> & { strip(): z.ZodType<Record<string, unknown>> };
  readonly sealedConfig: readonly string[];
  readonly urls?: readonly string[];
  readonly auth: z.ZodType<DestinationAuth | null>;
  readonly fields: Readonly<Record<string, z.ZodType>>;
  readonly targetFields: Readonly<Record<string, z.ZodType>>;
}

export function definitionOf<Type extends DestinationTypeName>(type: Type): SomeDefinition<Type> {
  const all: { readonly [Each in DestinationTypeName]: SomeDefinition<Each> } = definitions;
  return all[type];
}

/**
 * The target in a request that was accepted, or in a row: one of the time before there was a `config` has none, and one that a
 * later version has written may have more.
 */
export const destinationTarget = z.discriminatedUnion(
  'type',
  atLeastOne(
    destinationTypes
      .map(definitionOf)
      .map(({ type, targetFields, config }) =>
        z.object({ ...targetFields, type: z.literal(type), config: config.strip().prefault({}) }),
      ),
  ),
  // Each schema makes the target of its own type: TypeScript loses that on the way through the list.
) as unknown as z.ZodType<DestinationTarget>;

function atLeastOne<Option>([first, ...others]: readonly Option[]): [Option, ...Option[]] {
  if (first === undefined) throw new Error('there is no type of destination');
  return [first, ...others];
}

/** The name of a destination that is given none. */
export function nameOf<Type extends DestinationTypeName>(target: DestinationTargets[Type]): string {
  const all: { readonly [Each in DestinationTypeName]: { nameOf(target: DestinationTargets[Each]): string } } =
    definitions;
  return all[target.type as Type].nameOf(target);
}
