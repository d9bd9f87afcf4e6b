import { isKeyed } from '../http/idempotency.ts';
import type { Route } from '../http/route.ts';
import { type ErrorResponses, errorsOf } from './errors.ts';
import { exampleOf } from './examples.ts';
import { operationIdOf } from './operation-id.ts';
import type { Schemas } from './schemas.ts';
import { anyKey, replayedHeader } from './security.ts';
import { tagOf } from './tags.ts';
import type { JsonSchema, MediaType, Operation, Parameter, Reference, ResponseObject } from './types.ts';

interface Parts {
  readonly schemas: Schemas;
  readonly errorResponses: ErrorResponses;
}

/** What the document says about a route. @throws Error that says what its zod schemas lack */
export function operationOf(route: Route, { schemas, errorResponses }: Parts): Operation {
  const operationId = operationIdOf(route);
  const { body } = route;
  return {
    operationId,
    summary: route.summary,
    ...(route.access !== 'public' && { description: needs(route.access), 'x-required-scope': route.access }),
    tags: [tagOf(route.path)],
    security: route.key === 'request' ? anyKey : [],
    parameters: [
      ...parametersOf('path', schemas.ofRequest(route.params), schemas, operationId),
      ...parametersOf('query', schemas.ofRequest(route.query), schemas, operationId),
      ...headerParametersOf(route),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': withExample(schemas.ofRequest(body), schemas, `${operationId} body`) },
      },
    }),
    responses: { [route.status]: success(route, schemas, operationId), ...errorResponses.of(errorsOf(route)) },
  };
}

function needs(access: Exclude<Route['access'], 'public'>): string {
  return access === 'root' ? 'Needs the root key.' : `Needs a key with the scope \`${access}\`.`;
}

function parametersOf(
  kind: 'path' | 'query',
  { properties = {}, required = [] }: JsonSchema,
  schemas: Schemas,
  where: string,
) {
  return Object.entries(properties).flatMap(([name, property]): Parameter[] => {
    if (typeof property !== 'object') return [];
    const { description, ...schema } = property;
    const isRequired = required.includes(name);
    const example = exampleOf(schema, schemas, `${where}.${name}`);
    return [
      { name, in: kind, required: isRequired, ...(description !== undefined && { description }), schema, example },
    ];
  });
}

function headerParametersOf(route: Route): Reference[] {
  const names = [...(route.key === 'none' ? [] : ['Organization']), ...(isKeyed(route) ? ['IdempotencyKey'] : [])];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

function success(route: Route, schemas: Schemas, where: string): ResponseObject {
  const { response, mediaType, status } = route;
  const schema = schemas.ofResponse(response);
  const description = { 200: 'Done.', 201: 'Created.', 202: 'Begun.' }[status];
  return {
    description,
    ...(isKeyed(route) && { headers: { 'Idempotent-Replayed': replayedHeader } }),
    content: { [mediaType]: withExample(schema, schemas, `${where} response`) },
  };
}

function withExample(schema: JsonSchema, schemas: Schemas, where: string): MediaType {
  return { schema, example: exampleOf(schema, schemas, where) };
}
