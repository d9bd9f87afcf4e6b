import packageJson from '../../../package.json' with { type: 'json' };
import type { Route } from '../http/route.ts';
import { ErrorResponses } from './errors.ts';
import { ingestPaths } from './ingest.ts';
import { operationOf } from './operation.ts';
import { Schemas } from './schemas.ts';
import { anyKey, headerParameters, securitySchemes } from './security.ts';
import { tags } from './tags.ts';
import type { OpenApiDocument, Operation } from './types.ts';

const description = `REST and JSON. Every request needs a key, except to log in, to send a webhook and to read this.

**Bodies** are JSON objects in UTF-8 of at most 256 KiB, whatever the \`Content-Type\`. Unknown fields and query parameters are rejected, and so are parameters that are given twice.

**Responses** are JSON objects. A field without a value is \`null\`, never left out. Fields may be added, but are never removed.

**Ids** are a prefix and 32 hex characters, and sort by the time they were made. **Times** are ISO 8601 with date, time and offset: UTC in responses, any in requests.

**Lists** show the newest first. \`cursor\` of the response, passed as \`?cursor=\`, gets the next page; it is \`null\` on the last page.

**Errors** have one format, whichever component returns them: compare \`code\`. A path that is not listed here returns 404 \`ROUTE_NOT_FOUND\`; a method that a path does not take returns 405 \`METHOD_NOT_ALLOWED\`. A web ACL that you have added may return 403 \`FORBIDDEN\` for anything.`;

/** The whole API, generated from its routes. @throws Error that says what a route's schemas lack */
export function openApiDocument(routes: readonly Route[], publicUrl: string): OpenApiDocument {
  const schemas = new Schemas();
  const errorResponses = new ErrorResponses(schemas);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route, { schemas, errorResponses }),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hawser',
      version: packageJson.version,
      summary: 'The management API of a webhook gateway.',
      description,
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: publicUrl }],
    security: anyKey,
    tags: Object.values(tags),
    paths: { ...paths, ...ingestPaths(errorResponses) },
    components: {
      schemas: schemas.named,
      responses: errorResponses.shared,
      parameters: headerParameters,
      securitySchemes,
    },
  };
}
