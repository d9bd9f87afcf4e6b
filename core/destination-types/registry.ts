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

/** Every type of destination; each has a line here and its own file. */
const definitions = { http, sqs, s3, eventbridge, pubsub, kafka, rabbitmq, websocket } as const;

type Definitions = typeof definitions;
export type DestinationTypeName = keyof Definitions;

/** Where a destination's requests go, by its type. */
export type DestinationTargets = {
  readonly [Type in DestinationTypeName]: Outputs<Definitions[Type]['targetFields']> & {
    readonly type: Type;
    readonly config: z.output<Definitions[Type]['config']>;
  };
};
export type DestinationTarget = DestinationTargets[DestinationTypeName];

/** In the order in which they are listed. */
export const destinationTypes = Object.keys(definitions) as [DestinationTypeName, ...DestinationTypeName[]];

/** All but `http`, some of whose fields are outside of `config`. */
export const otherTypes = destinationTypes.filter((type) => type !== 'http');

/** The common form of all definitions. */
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
 * The target in an accepted request or in a row. Rows from before `config` existed have none, and those written by a later version may
 * have more fields.
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
  // Each schema's output is the target of its type, but TypeScript loses that in the list.
) as unknown as z.ZodType<DestinationTarget>;

function atLeastOne<Option>([first, ...others]: readonly Option[]): [Option, ...Option[]] {
  if (first === undefined) throw new Error('there must be at least one type of destination');
  return [first, ...others];
}

/** The default name of a destination. */
export function nameOf<Type extends DestinationTypeName>(target: DestinationTargets[Type]): string {
  const all: { readonly [Each in DestinationTypeName]: { nameOf(target: DestinationTargets[Each]): string } } =
    definitions;
  return all[target.type as Type].nameOf(target);
}
