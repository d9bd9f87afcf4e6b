import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventbridge } from '../../core/destination-types/eventbridge.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import { awsDestination, deliveryOf, sendToEndpoint } from './delivery.fixture.ts';
import type { AttemptInput } from './destination-type.ts';
import { eventbridgeDestination } from './eventbridge.ts';

let services: TestServices;
let queueUrl: string;
beforeAll(async () => {
  services = await startServices();
  services.simulators.eventBridge.ensureEventBus({ name: 'orders' });
  const { QueueUrl = '' } = await services.clients.sqs.send(new CreateQueueCommand({ QueueName: 'seen' }));
  queueUrl = QueueUrl;
  const rule = { Name: 'all', EventBusName: 'orders', EventPattern: '{"source":["hawser","shop"]}' };
  await services.clients.eventbridge.send(new PutRuleCommand(rule));
  const Targets = [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:000000000000:seen' }];
  await services.clients.eventbridge.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'orders', Targets }));
});
afterAll(() => services.close());
beforeEach(() => sendToEndpoint(services.endpointUrl));

const send = (delivery: AttemptInput, config: object = {}) => {
  const given = { event_bus: 'orders', region: 'us-east-1', ...config };
  const target = { type: 'eventbridge' as const, config: eventbridge.config.parse(given) };
  return eventbridgeDestination(() => new STSClient())
    .bind(awsDestination(target))
    .attempt(delivery);
};

async function seen(): Promise<string[]> {
  const { Messages = [] } = await services.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body = '' }) => Body);
}

describe('a delivery to an event bus', () => {
  it('the event has the body as its detail, and the source and detail type of the destination', async () => {
    const delivery = deliveryOf('{"order": 7}');
    const { eventId, sourceId } = delivery.job;
    const { verdict, request, response, requestHeaders } = await send(delivery, {
      source: 'shop',
      detail_type: 'order placed',
    });
    expect(verdict).toEqual({ kind: 'delivered' });
    const { EventId } = JSON.parse(Buffer.from(response?.body ?? []).toString());
    const [event] = await seen();
    expect(JSON.parse(event ?? '')).toMatchObject({
      id: EventId,
      source: 'shop',
      'detail-type': 'order placed',
      resources: [eventId, sourceId],
      time: '2026-11-22T03:23:00Z',
      detail: { order: 7 },
    });
    expect(request).toEqual({ target: 'event-bus/orders' });
    expect(Object.fromEntries(requestHeaders)).toMatchObject({ source: 'shop', 'detail-type': 'order placed' });
  });

  it.each([
    ['not text', Buffer.from([0xff])],
    ['not JSON', Buffer.from('order=7')],
    ['a list', Buffer.from('[1]')],
    ['empty', Buffer.alloc(0)],
  ])('a body that is %s fails permanently, because EventBridge accepts only JSON objects', async (_, body) => {
    const { error, verdict } = await send(deliveryOf(body));
    expect(error?.code).toBe('UNSUPPORTED_BODY');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

  it('a body with more than 1,000 levels fails permanently, because EventBridge would never accept it', async () => {
    const { error, verdict } = await send(deliveryOf(nested(1001)), { source: 'quiet' });
    const message = 'the body has more than 1,000 levels, and EventBridge does not accept that';
    expect(error).toEqual({ code: 'UNSUPPORTED_BODY', message });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });

  it("a body with an integer beyond 64 bits is sent, and EventBridge's own error is reported", async () => {
    const { error, verdict } = await send(deliveryOf('{"a":9223372036854775808}'), { source: 'quiet' });
    expect(error).toEqual({ code: 'REQUEST_REFUSED', message: expect.stringContaining('MalformedDetail') });
    expect(verdict).toMatchObject({ kind: 'failed' });
  });

  it.each([
    ['1,000 levels', nested(1000)],
    ['the largest and the smallest 64-bit integer', '{"a":9223372036854775807,"b":-9223372036854775808}'],
    ['large numbers that are not integers', '{"a":9223372036854775808.5,"b":1e30}'],
    ['brackets and digits in strings', `{"${'['.repeat(2000)}":"\\"9223372036854775808"}`],
  ])('a body with %s is delivered', async (_, body) => {
    expect((await send(deliveryOf(body), { source: 'quiet' })).verdict).toEqual({ kind: 'delivered' });
  });

  it('an entry above 1 MiB fails permanently, and one of exactly 1 MiB is delivered', async () => {
    const ofBytes = (bytes: number) => deliveryOf(`{"a":"${'x'.repeat(bytes - 8)}"}`);
    const quiet = { source: 'quiet' };
    const around = 'quiet'.length + 'webhook.received'.length + 2 * 36 + 14;
    expect((await send(ofBytes(1_048_576 - around), quiet)).verdict).toEqual({ kind: 'delivered' });
    const { error, verdict } = await send(ofBytes(1_048_577 - around), quiet);
    expect(error?.code).toBe('BODY_TOO_LARGE');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
  });
});

describe('EventBridge as an HTTP peer', () => {
  let peer: Receiver;
  beforeEach(async () => {
    peer = await Receiver.start();
    sendToEndpoint(new URL('/', peer.url).href);
    return () => peer.stop();
  });
  const json = { 'content-type': 'application/x-amz-json-1.1' };

  it('the detail keeps numbers beyond 2^53, the order of fields, and white space', async () => {
    peer.behave = answer(200, '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}', json);
    const body = '{ "b": 1234567890123456789,\n "a": 1.0 }';
    expect((await send(deliveryOf(body))).verdict).toEqual({ kind: 'delivered' });
    expect(JSON.parse(peer.received[0]?.body.toString() ?? '').Entries[0].Detail).toBe(body);
  });

  it.each([
    ['THROTTLED', { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
    ['SERVICE_ERROR', { ErrorCode: 'InternalFailure', ErrorMessage: 'again, please' }],
    ['ACCESS_DENIED', { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'not yours' }],
    ['REQUEST_REFUSED', { ErrorCode: 'SomethingNew', ErrorMessage: 'hm' }],
  ])('a failed entry within a 200 response is reported as %s', async (code, entry) => {
    peer.behave = answer(200, JSON.stringify({ FailedEntryCount: 1, Entries: [entry] }), json);
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toEqual({ code, message: `${entry.ErrorCode}: ${entry.ErrorMessage}` });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('a response that counts a failed entry is a failure even if no entry has an error', async () => {
    peer.behave = answer(200, '{"FailedEntryCount":1,"Entries":[{"EventId":"1"}]}', json);
    expect((await send(deliveryOf('{}'))).verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('a response without an entry is a failure', async () => {
    peer.behave = answer(200, '{"FailedEntryCount":0,"Entries":[]}', json);
    expect((await send(deliveryOf('{}'))).verdict).toMatchObject({ kind: 'failed', failure: 'temporary' });
  });

  it('a refusal of the whole request is reported by its name and retried', async () => {
    peer.behave = answer(400, '{"__type":"ResourceNotFoundException","message":"no bus"}', json);
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error?.code).toBe('TARGET_NOT_FOUND');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: 400 });
  });
});
