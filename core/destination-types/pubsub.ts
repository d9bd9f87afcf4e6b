import * as z from 'zod';
import { recordField } from '../fields/record-field.ts';
import { formatInteger } from '../format-integer.ts';
import { isMessageField, messageFieldNames } from './message-fields.ts';
import { placeholderField } from './placeholders.ts';
import { gcpServiceAccountAuth } from './service-account.ts';
import { defineType } from './type-definition.ts';

/**
 * https://docs.cloud.google.com/pubsub/docs/pubsub-basics#resource_names; the project is given by its id, which may have a domain
 * (`example.com:orders`), or by its number.
 */
const TOPIC = /^projects\/(?:[a-z0-9.-]{1,255}:)?[a-z0-9-]{1,30}\/topics\/[A-Za-z][\w.~+%-]{2,254}$/;

/** A pattern, because a list would be outdated by the next region. A region that does not exist has no address. */
const REGION = /^[a-z]+(-[a-z]+)+\d{1,2}$/;

/** https://docs.cloud.google.com/pubsub/quotas#resource_limits */
const MAX_ORDERING_KEY_LENGTH = 1_024;
const MAX_NAME_BYTES = 256;
const MAX_VALUE_BYTES = 1_024;
/** Pub/Sub allows 100 attributes, including Hawser's own. */
const MAX_ATTRIBUTES = 100 - messageFieldNames.length;
/** Pub/Sub allows 120 KB, with which a list of a hundred destinations would be too large for a response. */
const MAX_BYTES_IN_ALL = 16_384;

const attributesField = recordField(z.string()).superRefine((attributes, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) refuse([], `must have at most ${MAX_ATTRIBUTES} entries`);
  if (Buffer.byteLength(entries.flat().join('')) > MAX_BYTES_IN_ALL) {
    refuse([], `must have at most ${formatInteger(MAX_BYTES_IN_ALL)} bytes in all`);
  }
  for (const [name, value] of entries) {
    const problem = attributeProblem(name, value);
    if (problem) refuse([name], problem);
  }
});

function attributeProblem(name: string, value: string): string | undefined {
  if (isMessageField(name)) return 'is set by Hawser itself';
  if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES) return `is not a name of 1 to ${MAX_NAME_BYTES} bytes`;
  if (name.startsWith('goog')) return 'must not begin with goog, which is reserved for Google';
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return `must have at most ${formatInteger(MAX_VALUE_BYTES)} bytes`;
  return name.isWellFormed() && value.isWellFormed() ? undefined : 'must be well-formed Unicode';
}

/** A topic of Google Cloud Pub/Sub: docs/destinations/pubsub.md */
export const pubsub = defineType({
  type: 'pubsub',
  config: z
    .strictObject({
      topic: z
        .string()
        .regex(TOPIC, 'must be the name of a topic, such as projects/my-project/topics/orders')
        .refine((topic) => !topic.includes('/topics/goog'), 'must not begin with goog, which is reserved for Google')
        .meta({ examples: ['projects/my-project/topics/orders'] }),
      region: z
        .string()
        .max(32)
        .regex(REGION, 'must be a region of Google Cloud, such as europe-west3')
        .nullable()
        .default(null)
        .meta({
          description: 'Where messages are published. `null`: wherever Google routes them.',
          examples: ['europe-west3'],
        }),
      ordering_key: placeholderField(MAX_ORDERING_KEY_LENGTH)
        .nullable()
        .default(null)
        .meta({ description: 'May contain placeholders; needs a `region`.', examples: ['{source_id}'] }),
      attributes: attributesField.default({}).meta({
        description: "Attributes of each message, in addition to Hawser's own.",
        examples: [{ team: 'orders' }],
      }),
    })
    // https://docs.cloud.google.com/pubsub/docs/ordering: only messages published in the same region are ordered.
    .refine(({ region, ordering_key }) => ordering_key === null || region !== null, {
      path: ['region'],
      message: 'is required with an ordering_key: Pub/Sub only orders messages that are published in one region',
    })
    .meta({ id: 'PubsubConfig' }),
  sealedConfig: [],
  auth: z.discriminatedUnion('type', [gcpServiceAccountAuth], { error: 'must be one of: gcp_service_account' }),
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.topic.split('/').at(-1) ?? config.topic,
});
