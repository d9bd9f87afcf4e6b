import { firstJob } from '../../core/deliveries/delivery.ts';
import type { DestinationAuth } from '../../core/destination-types/auth.ts';
import type { DestinationTarget } from '../../core/destination-types/registry.ts';
import { newEventId, newId } from '../../core/ids.ts';
import type { AttemptInput, OpenedDestination } from './destination-type.ts';

/** When the events of the tests are accepted. */
const ACCEPTED_AT = new Date('2026-11-22T03:23:00.945Z');

/** A first attempt at a webhook. */
export function deliveryOf(body: string | Uint8Array, headers: AttemptInput['head']['headers'] = []): AttemptInput {
  const sourceId = newId('src');
  return {
    job: firstJob(
      { id: newEventId(sourceId, ACCEPTED_AT.getTime()), organizationId: newId('org'), sourceId },
      { id: newId('con'), destinationId: newId('dst') },
    ),
    head: { method: 'POST', path: '', query: '', headers, sourceIp: '192.0.2.1' },
    body: Buffer.from(body),
    eventUrl: 'https://hawser.example/events/1',
  };
}

export const ACCESS_KEY: DestinationAuth = {
  type: 'aws_access_key',
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** A destination of one of AWS's types. */
export function awsDestination<Target extends DestinationTarget>(
  target: Target,
  over: Partial<OpenedDestination<Target>> = {},
): OpenedDestination<Target> {
  return {
    id: newId('dst'),
    organizationId: newId('org'),
    target,
    timeoutSeconds: 5,
    headers: {},
    auth: ACCESS_KEY,
    signing: { scheme: 'none' },
    ...over,
  };
}

/** Makes every client of AWS's SDK that is created from now on send to this endpoint, as `npm start` does. */
export function sendToEndpoint(url: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'of-the-function',
    AWS_SECRET_ACCESS_KEY: 'of-the-function',
  });
}
