import * as z from 'zod';
import { basicAuth } from './auth.ts';
import { apiUrlField, messageHeadersField } from './broker.ts';
import { placeholderField } from './placeholders.ts';
import { defineType } from './type-definition.ts';

/** Names are short strings of AMQP 0-9-1, as is the routing key: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf §4.2.5.3 */
const MAX_SHORT_STRING_BYTES = 255;

/** An AMQP name that can be part of a path. */
const name = z
  .string()
  .refine(
    (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
    'must be well-formed Unicode without control characters',
  )
  .refine(
    (text) => Buffer.byteLength(text) <= MAX_SHORT_STRING_BYTES,
    `must have at most ${MAX_SHORT_STRING_BYTES} bytes in UTF-8`,
  )
  // URL parsers resolve such a segment, encoded or not: https://url.spec.whatwg.org/#double-dot-path-segment
  .refine((text) => text !== '.' && text !== '..', 'must not be . or .., which cannot be part of a path');

/** A RabbitMQ exchange, through the management API: docs/destinations/rabbitmq.md */
export const rabbitmq = defineType({
  type: 'rabbitmq',
  config: z
    .strictObject({
      management_url: apiUrlField.meta({
        description:
          'URL of the management plugin, without `/api`. Follows the same rules as the URL of an HTTP destination; else `INVALID_URL`.',
        examples: ['https://rabbitmq.example.com:15671'],
      }),
      vhost: name
        .min(1)
        .default('/')
        .meta({ examples: ['/'] }),
      exchange: name.default('').meta({
        description: 'Empty: the default exchange, whose routing key is the name of a queue.',
        examples: ['webhooks'],
      }),
      routing_key: placeholderField(MAX_SHORT_STRING_BYTES)
        .nullable()
        .default(null)
        .meta({
          description: 'May contain placeholders. `null`: empty; the default exchange requires one.',
          examples: ['hooks.{source_id}'],
        }),
      persistent: z.boolean().default(true).meta({
        description: 'Whether messages in durable queues survive a restart of the broker.',
      }),
      headers: messageHeadersField.default({}).meta({
        description: "Headers of each message, in addition to Hawser's own; may contain placeholders.",
        examples: [{ team: 'orders' }],
      }),
    })
    .refine(({ exchange, routing_key }) => exchange !== '' || routing_key !== null, {
      path: ['routing_key'],
      message: 'is required with the default exchange: the name of a queue',
    })
    .meta({
      id: 'RabbitmqConfig',
      examples: [{ management_url: 'https://rabbitmq.example.com:15671', exchange: 'webhooks' }],
    }),
  sealedConfig: [],
  urls: ['management_url'],
  auth: z.discriminatedUnion('type', [basicAuth], { error: 'must be basic' }),
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.exchange || config.routing_key || 'rabbitmq',
});
