import * as z from 'zod';
import { apiKeyAuth, basicAuth, bearerAuth } from './auth.ts';
import { apiUrlField, messageHeadersField } from './broker.ts';
import { placeholderField } from './placeholders.ts';
import { defineType } from './type-definition.ts';

/** Kafka's own rule: https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/internals/Topic.java */
const TOPIC = /^[\w.-]{1,249}$/;
const MAX_KEY_LENGTH = 512;
const MAX_PARTITION = 2_147_483_647;

/** Checks the fields in which the two versions of the proxy's API differ. */
function checkVersion(
  { api_version, cluster_id, headers }: { api_version: 'v2' | 'v3'; cluster_id: string | null; headers: object },
  context: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  if (api_version === 'v3' && cluster_id === null) refuse('cluster_id', 'is required by v3 of the API');
  if (api_version === 'v2' && cluster_id !== null) refuse('cluster_id', 'is only for v3 of the API');
  if (api_version === 'v2' && Object.keys(headers).length > 0) refuse('headers', 'are only for v3 of the API');
}

/** A Kafka topic, through a Confluent REST Proxy or Confluent Cloud: docs/destinations/kafka.md */
export const kafka = defineType({
  type: 'kafka',
  config: z
    .strictObject({
      rest_url: apiUrlField.meta({
        description:
          "URL of the REST Proxy, or of the cluster's REST endpoint. Follows the same rules as the URL of an HTTP destination; else `INVALID_URL`.",
        examples: ['https://pkc-00000.eu-central-1.aws.confluent.cloud:443'],
      }),
      api_version: z.enum(['v3', 'v2']).default('v3'),
      cluster_id: z
        .string()
        .regex(/^[\w-]{1,64}$/, 'must be the id of a cluster: letters, digits, - and _')
        .nullable()
        .default(null)
        .meta({ description: 'Required by `v3`; not used by `v2`.', examples: ['lkc-abc123'] }),
      topic: z
        .string()
        .regex(TOPIC, 'must be a name of up to 249 letters, digits and . _ -')
        .refine((name) => name !== '.' && name !== '..', 'must not be . or ..')
        .meta({ examples: ['webhooks'] }),
      key: placeholderField(MAX_KEY_LENGTH)
        .nullable()
        .default('{event_id}')
        .meta({
          description: 'Key of each record; may contain placeholders. `null`: none.',
          examples: ['{source_id}'],
        }),
      partition: z
        .int()
        .min(0)
        .max(MAX_PARTITION)
        .nullable()
        .default(null)
        .meta({ description: "`null`: chosen by the record's key.", examples: [0] }),
      headers: messageHeadersField.default({}).meta({
        description: "Headers of each record, in addition to Hawser's own; may contain placeholders. Only for `v3`.",
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
