import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError, notFound } from '../../core/api-error.ts';
import { type EventId, isId } from '../../core/ids.ts';
import type { Source } from '../../core/source.ts';
import { errorResponse, jsonResponse } from '../shared/api-response.ts';
import { configTableFromEnvironment } from '../shared/config-table.ts';
import { eventStoreFromEnvironment } from '../shared/event-store.ts';
import { logger } from '../shared/logger.ts';
import { TtlCache } from '../shared/ttl-cache.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { MAX_BODY_BYTES, receivedRequest } from './ingest-request.ts';

/** How long a deleted source may still take webhooks. A new one is found at once: what is not there is not remembered. */
const SOURCE_TTL_MS = 5_000;

const sources = new SourceStore(configTableFromEnvironment());
const sourceCache = new TtlCache({ load: sources.get.bind(sources), ttlMs: SOURCE_TTL_MS, maxEntries: 10_000 });
const events = eventStoreFromEnvironment();

/** Takes a webhook: answers 200 only once it is stored. */
async function ingest(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const id = event.pathParameters?.source_id ?? '';
  const source = isId('src', id) ? await sourceCache.get(id, Date.now()) : undefined;
  if (!source) throw notFound('Source', id);
  const { head, body } = receivedRequest(event, source.id);
  if (body.byteLength > MAX_BODY_BYTES) {
    throw new ApiError(
      'PAYLOAD_TOO_LARGE',
      `The body has ${body.byteLength.toLocaleString('en')} bytes; the limit is ${MAX_BODY_BYTES.toLocaleString('en')}`,
    );
  }
  return answer(source, await events.put(source, head, body, Date.now()));
}

/** API, ingest and dashboard share an origin: what a source answers must never run as a page of it. */
const HARMLESS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

function answer({ response }: Source, id: EventId): APIGatewayProxyResult {
  const headers = { ...HARMLESS, 'x-hawser-event-id': id };
  if (!response) return jsonResponse(200, { id }, headers);
  const { statusCode, contentType, body } = response;
  return { statusCode, headers: { ...headers, 'content-type': `${contentType}; charset=utf-8` }, body };
}

export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .onError((request) => {
    const { requestId } = request.event.requestContext;
    if (request.error instanceof ApiError) {
      request.response = errorResponse(request.error, requestId);
      return;
    }
    logger.error('a webhook could not be stored', { requestId, error: request.error as Error });
    request.response = errorResponse(
      new ApiError('INTERNAL_ERROR', 'The webhook was not stored; send it again'),
      requestId,
    );
  })
  .handler(ingest);
