import { type Definitions, resolve, type Schema } from '../../ui/schema-form/schema.ts';

/** The schema of a request that creates a destination of this type. */
export function schemaOfType(definitions: Definitions, type: string): Schema | undefined {
  return all(definitions).find((schema) => typeOf(schema, definitions) === type);
}

/** What a destination of the type is called if it is given no name. A type that is not listed has no text for it. */
export const namedAfter: Readonly<Record<string, string>> = {
  http: 'the host of its URL',
  sqs: 'the name of its queue',
  s3: 'its bucket',
  eventbridge: 'the name of its bus',
  pubsub: 'the name of its topic',
  kafka: 'its topic',
  rabbitmq: 'its exchange, or its routing key where that is empty',
  websocket: 'WebSocket',
};

/** All types that the API accepts, in its order. */
export function typesOf(definitions: Definitions): string[] {
  return all(definitions).flatMap((schema) => typeOf(schema, definitions) ?? []);
}

function all(definitions: Definitions): Schema[] {
  return (definitions.CreateDestination?.oneOf ?? []).map((each) => resolve(each, definitions));
}

function typeOf(schema: Schema, definitions: Definitions): string | undefined {
  const { type } = schema.properties ?? {};
  return type && String(resolve(type, definitions).const);
}
