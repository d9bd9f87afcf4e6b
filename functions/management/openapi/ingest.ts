import { formatInteger } from '../../../core/format-integer.ts';
import { exampleId } from '../../../core/id-schema.ts';
import { idPattern } from '../../../core/ids.ts';
import { MAX_BODY_BYTES } from '../../shared/ingest-limit.ts';
import { type ErrorResponses, withStatuses } from './errors.ts';
import { tagOf } from './tags.ts';
import type { PathItem } from './types.ts';

/**
 * The ingest URL, which another function serves. It accepts other methods and any path below it, but OpenAPI can't say that. What
 * is described here is the POST that senders of webhooks make.
 */
export function ingestPaths(errorResponses: ErrorResponses): Readonly<Record<string, PathItem>> {
  const path = '/in/{source_id}';
  const event = { id: exampleId('evt') };
  return {
    [path]: {
      post: {
        operationId: 'sendWebhook',
        summary: 'Send a webhook: the response comes when it is stored',
        description:
          'No key: whoever knows the URL may send, unless the source has a `verification`. `DELETE`, `GET`, `HEAD`, `OPTIONS`, `PATCH` and `PUT` do as well, and any path below it; headers, path and body are kept as they came, and of the query names and values. ' +
          `The body may have ${formatInteger(MAX_BODY_BYTES)} bytes. After anything but a 2xx and a 508 send it again.`,
        tags: [tagOf(path)],
        security: [],
        parameters: [
          {
            name: 'source_id',
            in: 'path',
            required: true,
            schema: { type: 'string', pattern: idPattern('src') },
            example: exampleId('src'),
          },
        ],
        requestBody: {
          required: false,
          content: {
            '*/*': {
              schema: { description: 'Bytes of any kind.', contentMediaType: 'application/octet-stream' },
              example: { ref: 'refs/heads/main' },
            },
          },
        },
        responses: {
          200: {
            description: 'Stored. A source with its own `response` returns that instead, with any 2xx status.',
            headers: {
              'X-Hawser-Event-Id': {
                description: 'The id of the event, whatever the response.',
                schema: { type: 'string', examples: [event.id] },
              },
              'X-Hawser-Duplicate': {
                description:
                  '`true` where the webhook is a copy of one that is stored, by the `deduplication` of its source.',
                schema: { type: 'string', examples: ['true'] },
              },
            },
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { id: { type: 'string', pattern: idPattern('evt') } },
                  required: ['id'],
                },
                example: event,
              },
            },
          },
          ...errorResponses.of(
            withStatuses(['UNAUTHORIZED', 'RESOURCE_NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'LOOP_DETECTED']),
          ),
        },
      },
    },
  };
}
