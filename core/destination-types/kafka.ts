import * as z from 'zod';
import { apiKeyAuth, basicAuth, bearerAuth } from './auth.ts';
import { apiUrlField, messageHeadersField } from './broker.ts';
import { placeholderField } from './placeholders.ts';
import { defineType } from './type-definition.ts';

/** Kafka's own rule: https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java */
const TOPIC = /^[\w.-]{1,249}$/;
const MAX_KEY_LENGTH = 512;
const MAX_PARTITION = 2_147_483_647;

/** What the two versions of the proxy's API do not have in common. */
function checkVersion(
  { api_version, cluster_id, headers }: { api_version: 'v2' | 'v3'; cluster_id: string | null; headers: object },
  context: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  if (api_version === 'v3' && cluster_id === null) refuse('cluster_id', 'is needed by v3 of the API');
  if (api_version === 'v2' && cluster_id !== null) refuse('cluster_id', 'is for v3 of the API');
  if (api_version === 'v2' && Object.keys(headers).length > 0) refuse('headers', 'are for v3 of the API');
}

/** A topic of Kafka, by a Confluent REST Proxy or Confluent Cloud: docs/destinations/kafka.md */
export const kafka = defineType({
  type: 'kafka',
  config: z
    .strictObject({
      rest_url: apiUrlField.meta({
        description:
          'Of the REST Proxy or the REST endpoint of the cluster. By the same rules as the URL of an HTTP destination; else `INVALID_URL`.',
        examples: ['https://pkc-00000.eu-central-1.aws.confluent.cloud:443'],
      }),
      api_version: z.enum(['v3', 'v2']).default('v3'),
      cluster_id: z
        .string()
        .regex(/^[\w-]{1,64}$/, 'must be the id of a cluster: letters, digits, - and _')
        .nullable()
        .default(null)
        .meta({ description: 'Needed by `v3`; `v2` has none.', examples: ['lkc-abc123'] }),
      topic: z
        .string()
        .regex(TOPIC, 'must be a name of up to 249 letters, digits and . _ -')
        .refine((name) => name !== '.' && name !== '..', 'must not be . or ..')
        .meta({ examples: ['webhooks'] }),
      key: placeholderField(MAX_KEY_LENGTH)
        .nullable()
        .default('{event_id}')
        .meta({ description: 'Of each record, with placeholders. `null`: none.', examples: ['{source_id}'] }),
      partition: z
        .int()
        .min(0)
        .max(MAX_PARTITION)
        .nullable()
        .default(null)
        .meta({ description: "`null`: by the record's key.", examples: [0] }),
      headers: messageHeadersField.default({}).meta({
        description: "Of each record, with placeholders, beside Hawser's own. Of `v3` alone.",
        examples: [{ team: 'orders' }],
      }),
    })
    .superRefine(checkVersion)
    .meta({
      id: 'KafkaConfig',
      examples: [{ rest_url: 'https://rest.example.com', cluster_id: 'lkc-abc123', topic: 'webhooks' }],
    }),
  sealedConfig: [],
  urls: ['rest_url'],
  auth: z
    .discriminatedUnion('type', [basicAuth, bearerAuth, apiKeyAuth], {
      error: 'must be one of: basic, bearer, api_key',
    })
    .nullable(),
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.topic,
});
