import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html */
export const eventBus = resourceType({
  type: 'AWS::Events::EventBus',
  properties: z.strictObject({ Name: z.string() }),
  harmless: { ...tags, Description: 'for people' },
  create({ Name }, { factories }) {
    const { arn } = factories.eventBridge.ensureEventBus({ name: Name });
    return { ref: Name, attributes: { Arn: arn, Name } };
  },
});
