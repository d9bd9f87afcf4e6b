import * as z from 'zod';
import { recordField } from '../fields/record-field.ts';
import { formatInteger } from '../format-integer.ts';
import { awsAuth, regionField } from './aws.ts';
import { placeholderField, placeholdersIn } from './placeholders.ts';
import { defineType } from './type-definition.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_LENGTH = 1024;
/** S3 allows 2 KB of names and values, of which Hawser's own take 200 bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_LENGTH = 1_800;
const MAX_METADATA = 20;
const METADATA_NAME = /^[a-z0-9-]{1,64}$/;
const METADATA_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; directory buckets and aliases need other endpoints. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)$/;

const metadataField = recordField(z.string()).superRefine((metadata, context) => {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const entries = Object.entries(metadata);
  if (entries.length > MAX_METADATA) refuse([], `must have at most ${MAX_METADATA} entries`);
  if (entries.flat().join('').length > MAX_METADATA_LENGTH) {
    refuse([], `must have at most ${formatInteger(MAX_METADATA_LENGTH)} characters in all`);
  }
  for (const [name, value] of entries) {
    if (!METADATA_NAME.test(name)) refuse([name], 'is not a name of lower-case letters, digits and hyphens');
    else if (name.startsWith('hawser-')) refuse([name], 'is set by Hawser itself');
    else if (!METADATA_VALUE.test(value)) refuse([name], 'must be printable ASCII, and not empty');
  }
});

/** An S3 bucket: docs/destinations/s3.md */
export const s3 = defineType({
  type: 's3',
  config: z
    .strictObject({
      bucket: z
        .string()
        .regex(BUCKET, 'is not the name of a bucket')
        .refine((name) => !RESERVED.test(name), 'is not the name of a general purpose bucket')
        .meta({ examples: ['webhooks-archive'] }),
      region: regionField,
      key: placeholderField(MAX_KEY_LENGTH)
        .refine(
          (key) => placeholdersIn(key).some((name) => name === 'event_id' || name === 'delivery_id'),
          'must contain {event_id} or {delivery_id}, so that no event overwrites another',
        )
        .default('{source_id}/{year}/{month}/{day}/{event_id}')
        .meta({
          description: 'May contain placeholders.',
          examples: ['webhooks/{year}/{month}/{day}/{event_id}.json'],
        }),
      content_type: z
        .string()
        .max(256)
        .regex(METADATA_VALUE, 'must be printable ASCII, and not empty')
        .nullable()
        .default(null)
        .meta({ description: "`null`: the sender's.", examples: ['application/json'] }),
      metadata: metadataField.default({}).meta({
        description: "Metadata of each object, in addition to Hawser's own.",
        examples: [{ team: 'orders' }],
      }),
    })
    .meta({ id: 'S3Config' }),
  sealedConfig: [],
  auth: awsAuth,
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.bucket,
});
