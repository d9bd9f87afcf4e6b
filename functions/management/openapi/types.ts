import type * as z from 'zod';
import type { ErrorCode } from '../../../core/api-error.ts';

/** The part of OpenAPI 3.1 that the document uses. https://spec.openapis.org/oas/v3.1.1.html */

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export interface Reference {
  readonly $ref: string;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown } | Reference>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface ResponseObject {
  readonly description: string;
  /** For an error: the values that its `code` may have. */
  readonly 'x-error-codes'?: readonly ErrorCode[];
  readonly headers?: Readonly<
    Record<string, { readonly description: string; readonly schema: JsonSchema } | Reference>
  >;
  readonly content: Readonly<Record<string, MediaType>>;
}

export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly security: readonly SecurityRequirement[];
  readonly 'x-required-scope'?: string;
  readonly parameters: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
}

export const methods = ['get', 'post', 'patch', 'delete'] as const;
export type PathItem = Partial<Record<(typeof methods)[number], Operation>>;

interface Components {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
}

export type OpenApiDocument = {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: 'Hawser';
    readonly version: string;
    readonly summary: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly SecurityRequirement[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: Components;
};
