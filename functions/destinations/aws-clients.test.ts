import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqs } from '../../core/destination-types/sqs.ts';
import { newId } from '../../core/ids.ts';
import { answer, type Behaviour, hang, type ReceivedWebhook, Receiver } from '../../test/support/receiver.ts';
import { awsDestination, deliveryOf, sendToEndpoint } from './delivery.fixture.ts';
import type { DestinationType, OpenedDestination } from './destination-type.ts';
import { sqsDestination } from './sqs.ts';

const ROLE = 'arn:aws:iam::111122223333:role/hawser-orders';
const target = {
  type: 'sqs' as const,
  config: sqs.config.parse({ queue_url: 'https://sqs.us-east-1.amazonaws.com/111122223333/orders' }),
};

/** STS and SQS as real HTTP peers. STS, with its query protocol, is recognized by the service that a request is signed for. */
let peer: Receiver;
let type: DestinationType<typeof target>;
let sts: Behaviour;
let expiresInSeconds: number;
beforeEach(async () => {
  peer = await Receiver.start();
  sendToEndpoint(new URL('/', peer.url).href);
  type = sqsDestination(() => new STSClient({ maxAttempts: 1 }));
  expiresInSeconds = 3_600;
  sts = (request, response) => {
    const roleArn = formOf(request).get('RoleArn') ?? '';
    response.writeHead(200, { 'content-type': 'text/xml' }).end(credentials(roleArn));
  };
  peer.behave = (request, response) =>
    isFor('sts', request)
      ? sts(request, response)
      : answer(200, '{"MessageId":"1"}', { 'content-type': 'application/x-amz-json-1.0' })(request, response);
});
afterEach(() => peer.stop());

const isFor = (service: string, { headers }: ReceivedWebhook) =>
  headers.authorization?.includes(`/${service}/aws4_request`) ?? false;
const formOf = ({ body }: ReceivedWebhook) => new URLSearchParams(body.toString());
const requestsTo = (service: string) => peer.received.filter((request) => isFor(service, request));

function credentials(roleArn: string): string {
  const name = roleArn.split('/').at(-1);
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIA-${name}</AccessKeyId><SecretAccessKey>temporary</SecretAccessKey>
    <SessionToken>session-of-${name}</SessionToken>
    <Expiration>${new Date(Date.now() + expiresInSeconds * 1000).toISOString()}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

const byRole = (over: Partial<OpenedDestination<typeof target>> = {}) =>
  awsDestination(target, { auth: { type: 'aws_role', role_arn: ROLE }, ...over });
const send = (destination: OpenedDestination<typeof target>) => type.bind(destination).attempt(deliveryOf('{}'));

describe('a destination with a role', () => {
  it("the function assumes the role with its own credentials and the organization's id as external id", async () => {
    const destination = byRole();
    expect((await send(destination)).verdict).toEqual({ kind: 'delivered' });
    const [asked] = requestsTo('sts');
    expect(asked?.headers.authorization).toContain('Credential=of-the-function/');
    expect(Object.fromEntries(formOf(asked as ReceivedWebhook))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: ROLE,
      ExternalId: destination.organizationId,
      RoleSessionName: destination.id,
    });
    const [sent] = requestsTo('sqs');
    expect(sent?.headers.authorization).toContain('Credential=ASIA-hawser-orders/');
    expect(sent?.headers['x-amz-security-token']).toBe('session-of-hawser-orders');
  });

  it('the role is assumed once for many deliveries, even if the destination is bound again', async () => {
    const destination = byRole();
    await Promise.all([send(destination), send(destination)]);
    await send({ ...destination });
    expect([requestsTo('sts').length, requestsTo('sqs').length]).toEqual([1, 3]);
  });

  it('the role is assumed again shortly before the credentials expire', async () => {
    expiresInSeconds = 60;
    const destination = byRole();
    await send(destination);
    await send(destination);
    expect(requestsTo('sts').length).toBeGreaterThan(1);
  });

  it('organizations and destinations with the same role share no credentials', async () => {
    const destination = byRole();
    for (const over of [{}, { organizationId: newId('org') }, { id: newId('dst') }])
      await send({ ...destination, ...over });
    expect(requestsTo('sts')).toHaveLength(3);
  });

  it('a role that may not be assumed is reported as ACCESS_DENIED and tried again with the retry', async () => {
    const allowed = sts;
    sts = answer(
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
      { 'content-type': 'text/xml' },
    );
    const destination = byRole();
    const { error, verdict } = await send(destination);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining('sts:AssumeRole') });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: 403 });
    expect(requestsTo('sqs')).toHaveLength(0);
    sts = allowed;
    expect((await send(destination)).verdict).toEqual({ kind: 'delivered' });
  });

  it("assuming the role counts toward the attempt's timeout", async () => {
    sts = hang;
    const { error } = await send(byRole({ timeoutSeconds: 0.2 }));
    expect(error).toEqual({ code: 'TIMEOUT', message: 'no answer within 0.2 s' });
  });
});

it("a destination without credentials never uses the function's own", async () => {
  const { verdict } = await send(awsDestination(target, { auth: undefined }));
  expect(verdict.kind).toBe('failed');
  expect(peer.received).toHaveLength(0);
});
