import * as z from 'zod';
import { definePublicRoute, type Route, WithHeaders } from '../http/route.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { OpenApiDocument } from '../openapi/types.ts';
import { referenceHeaders, referencePage } from '../reference/page.ts';

const documentResponse = z
  .looseObject({
    openapi: z.literal('3.1.1'),
    info: z.looseObject({ title: z.literal('Hawser'), version: z.string() }),
  })
  .meta({
    id: 'OpenApiDocument',
    description: 'https://spec.openapis.org/oas/v3.1.1.html',
    examples: [{ openapi: '3.1.1', info: { title: 'Hawser', version: '0.1.0' } }],
  });

/** @param all all routes to describe, including these */
export function referenceRoutes(all: () => readonly Route[]): readonly Route[] {
  let built: OpenApiDocument | undefined;
  /** Made on first use. It takes about 30 ms, and no other request should wait for that. */
  const documentAt = (publicUrl: string): OpenApiDocument => {
    built ??= openApiDocument(all(), publicUrl);
    return { ...built, servers: [{ url: publicUrl }] };
  };
  return [
    definePublicRoute({
      path: '/v1/openapi.json',
      summary: 'The API as an OpenAPI 3.1 document',
      mediaType: 'application/json',
      response: documentResponse,
      handle: (publicUrl) => new WithHeaders(documentAt(publicUrl), {}),
    }),
    definePublicRoute({
      path: '/v1/reference',
      summary: 'The API as a page to read',
      mediaType: 'text/html; charset=utf-8',
      response: z.string().meta({ examples: ['<!doctype html>…'] }),
      handle: (publicUrl) => new WithHeaders(referencePage(documentAt(publicUrl)), referenceHeaders),
    }),
  ];
}
