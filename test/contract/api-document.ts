import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { resolve } from '../../functions/management/openapi/references.ts';
import {
  type JsonSchema,
  methods,
  type OpenApiDocument,
  type Operation,
  type Parameter,
} from '../../functions/management/openapi/types.ts';
import type { ApiResponse } from '../../functions/management/testing/gateway.fixture.ts';

/** An operation of the document, with its references followed. */
export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
  /** The allowed body; `undefined` if none is taken. */
  readonly body: { readonly schema: JsonSchema; readonly example: unknown } | undefined;
}

/** The document as a strict client reads it: anything that is not in it is wrong. */
export class ApiDocument {
  readonly operations: readonly DocumentedOperation[];
  readonly #document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: true, allowUnionTypes: true, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.#document = closed(document);
    addFormats.default(this.#ajv);
    // References point to where the schemas are in the document.
    this.#ajv.addKeyword('components');
    this.operations = operationsOf(this.#document);
  }

  named(id: string): DocumentedOperation {
    const found = this.operations.find((operation) => operation.id === id);
    if (!found) throw new Error(`the document has no operation ${id}`);
    return found;
  }

  /** Follows a reference. */
  schema(schema: JsonSchema): JsonSchema {
    return resolve(this.#document, schema);
  }

  problemsOf(schema: JsonSchema, value: unknown): string[] {
    const key = JSON.stringify(schema);
    const validate = this.#validators.get(key) ?? this.#compile(schema);
    this.#validators.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Codes that the operation may answer with a status. */
  codesOf({ operation }: DocumentedOperation, status: number): string[] {
    const answer = operation.responses[status];
    if (!answer) return [];
    return [...(resolve(this.#document, answer)['x-error-codes'] ?? [])];
  }

  /** Names of the headers that an answer is documented to have, in lower case. */
  headersOf({ operation }: DocumentedOperation, status: number): string[] {
    const answer = operation.responses[status];
    const headers = answer ? resolve(this.#document, answer).headers : undefined;
    return Object.keys(headers ?? {}).map((name) => name.toLowerCase());
  }

  /** How an answer breaks the document's promises. */
  problemsOfResponse(documented: DocumentedOperation, { status, headers, body }: ApiResponse): string[] {
    const answer = documented.operation.responses[status];
    const shown = `${documented.id} answered ${status} ${JSON.stringify(body).slice(0, 300)}`;
    if (!answer) return [`${shown}, a status that is not documented`];
    const content = resolve(this.#document, answer).content[String(headers['content-type'])];
    if (!content) return [`${shown}, of the undocumented type ${headers['content-type']}`];
    const problems = this.problemsOf(content.schema, body);
    if (status >= 400 && !this.codesOf(documented, status).includes(body.code))
      problems.push('its code is not documented');
    return problems.map((problem) => `${shown}: ${problem}`);
  }

  #compile(schema: JsonSchema): ValidateFunction {
    const { components } = this.#document;
    return this.#ajv.compile({ ...schema, components: { schemas: components.schemas } } as AnySchema);
  }
}

function operationsOf(document: OpenApiDocument): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const [content] = Object.values(operation.requestBody?.content ?? {});
      return [
        {
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          operation,
          parameters: operation.parameters.map((parameter) => resolve(document, parameter)),
          body: content && { schema: content.schema, example: content.example },
        },
      ];
    }),
  );
}

/** The document with all objects closed to fields that are not described. */
function closed(document: OpenApiDocument): OpenApiDocument {
  return JSON.parse(JSON.stringify(document), (_, value: unknown) => {
    const describesObject =
      typeof value === 'object' &&
      value !== null &&
      'type' in value &&
      value.type === 'object' &&
      'properties' in value;
    return describesObject ? { additionalProperties: false, ...value } : value;
  });
}
