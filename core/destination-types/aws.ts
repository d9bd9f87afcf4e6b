import * as z from 'zod';
import { awsAccessKeyAuth, awsRoleAuth } from './auth.ts';

/**
 * Shared by the AWS types. The region alone determines the endpoint: a user-defined endpoint would be a way into the network that Hawser
 * runs in.
 */

/** A pattern, because a list would be outdated by the next region. A region that does not exist has no address. */
const REGION = '[a-z]{2,4}(-[a-z]+)+-[1-9]';

export const regionField = z
  .string()
  .max(32)
  .regex(new RegExp(`^${REGION}$`), 'must be an AWS region, such as eu-central-1')
  .meta({ examples: ['eu-central-1'] });

/** Required: otherwise, requests would be made with the permissions of Hawser's own functions. */
export const awsAuth = z.discriminatedUnion('type', [awsRoleAuth, awsAccessKeyAuth], {
  error: 'must be one of: aws_role, aws_access_key',
});

const QUEUE_URL = new RegExp(
  `^https://sqs\\.(${REGION})\\.amazonaws\\.(com|com\\.cn|eu)/\\d{12}/[\\w-]{1,80}(\\.fifo)?$`,
);

export const queueUrlField = z
  .string()
  .regex(QUEUE_URL, 'must be the URL of a queue, such as https://sqs.eu-central-1.amazonaws.com/111122223333/orders')
  .meta({ examples: ['https://sqs.eu-central-1.amazonaws.com/111122223333/orders'] });

/** The region in the URL of a queue, which must be valid. */
export function regionOfQueue(queueUrl: string): string {
  return QUEUE_URL.exec(queueUrl)?.[1] ?? '';
}

const BUS_ARN = new RegExp(`^arn:aws(?:-[a-z]+)*:events:(${REGION}):\\d{12}:event-bus/[\\w./-]{1,256}$`);
const BUS_NAME = /^[\w./-]{1,256}$/;

export const eventBusField = z
  .string()
  .refine((text) => BUS_NAME.test(text) || BUS_ARN.test(text), 'must be the name of an event bus, or its ARN')
  .meta({
    description: 'Its name; or its ARN, if it belongs to another account than the credentials.',
    examples: ['orders'],
  });

/** The region in the ARN of an event bus; `undefined` for a name. */
export function regionOfBus(eventBus: string): string | undefined {
  return BUS_ARN.exec(eventBus)?.[1];
}
