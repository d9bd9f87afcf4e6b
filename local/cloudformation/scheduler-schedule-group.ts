import * as z from 'zod';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html */
export const scheduleGroup = resourceType({
  type: 'AWS::Scheduler::ScheduleGroup',
  properties: z.strictObject({ Name: z.string().optional() }),
  harmless: tags,
  create({ Name }, { factories, physicalName }) {
    const name = Name ?? physicalName();
    const { arn } = factories.scheduler.ensureScheduleGroup({ name });
    return { ref: name, attributes: { Arn: arn } };
  },
});
