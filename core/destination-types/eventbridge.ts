import * as z from 'zod';
import { awsAuth, eventBusField, regionField, regionOfBus } from './aws.ts';
import { defineType } from './type-definition.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const text = z
  .string()
  .max(128)
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII, and not empty');

/** An EventBridge event bus: docs/destinations/eventbridge.md */
export const eventbridge = defineType({
  type: 'eventbridge',
  config: z
    .strictObject({
      event_bus: eventBusField,
      region: regionField,
      source: text
        .refine((source) => !source.startsWith('aws.'), 'must not begin with aws., which is reserved for AWS services')
        .default('hawser'),
      detail_type: text.default('webhook.received'),
    })
    .refine(({ event_bus, region }) => [region, undefined].includes(regionOfBus(event_bus)), {
      path: ['region'],
      message: 'is not the region in the ARN of the event bus',
    })
    .meta({ id: 'EventBridgeConfig' }),
  sealedConfig: [],
  auth: awsAuth,
  fields: {},
  targetFields: {},
  nameOf: ({ config }) => config.event_bus.split('/').at(-1) ?? config.event_bus,
});
