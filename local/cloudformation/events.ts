import * as z from 'zod';
import { targetSchema } from '../eventbridge/rule-store.ts';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html */
export const eventBus = resourceType({
  type: 'AWS::Events::EventBus',
  properties: z.strictObject({ Name: z.string() }),
  harmless: { ...tags, Description: 'for people' },
  create({ Name }, { factories }) {
    const bus = factories.eventBridge.ensureEventBus({ name: Name });
    return { ref: Name, attributes: { Arn: bus.arn, Name } };
  },
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
export const rule = resourceType({
  type: 'AWS::Events::Rule',
  properties: z.strictObject({
    Name: z.string().optional(),
    EventBusName: z.string().optional(),
    EventPattern: z.record(z.string(), z.unknown()),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    Targets: z.array(targetSchema).default([]),
  }),
  harmless: { ...tags, Description: 'for people' },
  create({ Name, EventBusName, EventPattern, State, Targets }, { factories, physicalName }) {
    const name = Name ?? physicalName();
    const { arn } = factories.eventBridge.ensureRule({
      name,
      eventBusName: EventBusName,
      eventPattern: EventPattern,
      state: State,
      targets: Targets,
    });
    return { ref: EventBusName === undefined ? name : `${EventBusName}|${name}`, attributes: { Arn: arn } };
  },
});
