import type { Socket } from 'node:net';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventbridge } from '../../core/destination-types/eventbridge.ts';
import { s3 } from '../../core/destination-types/s3.ts';
import { sqs } from '../../core/destination-types/sqs.ts';
import { answer, type Behaviour, type ReceivedWebhook, Receiver } from '../../test/support/receiver.ts';
import { awsDestination, deliveryOf, sendToEndpoint } from './delivery.fixture.ts';
import type { BoundDestination } from './destination-type.ts';
import { eventbridgeDestination } from './eventbridge.ts';
import { s3Destination } from './s3.ts';
import { sqsDestination } from './sqs.ts';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/000000000000/orders';
const sts = () => new STSClient();
const types: Readonly<Record<string, () => BoundDestination>> = {
  sqs: () => sqsDestination(sts).bind(awsDestination({ type: 'sqs', config: sqs.config.parse({ queue_url: QUEUE }) })),
  s3: () =>
    s3Destination(sts).bind(
      awsDestination({ type: 's3', config: s3.config.parse({ bucket: 'archive', region: 'us-east-1' }) }),
    ),
  eventbridge: () =>
    eventbridgeDestination(sts).bind(
      awsDestination({
        type: 'eventbridge',
        config: eventbridge.config.parse({ event_bus: 'orders', region: 'us-east-1' }),
      }),
    ),
};

/** AWS as a real HTTP peer, whose responses the clients of all services can read. */
let peer: Receiver;
const accepts = answer(200, '{"MessageId":"1","FailedEntryCount":0,"Entries":[{"EventId":"1"}]}', {
  'content-type': 'application/x-amz-json-1.0',
});
beforeEach(async () => {
  // The time until a connection breaks must not depend on the speed of this machine.
  vi.useFakeTimers({ toFake: ['performance'] });
  peer = await Receiver.start();
  sendToEndpoint(new URL('/', peer.url).href);
});
afterEach(() => {
  vi.useRealTimers();
  return peer.stop();
});

const attempt = (bound: BoundDestination) => bound.attempt(deliveryOf('{"order":7}'));
const resets: Behaviour = (_, response) => response.socket?.resetAndDestroy();

/** Accepts the first request on each connection, and treats further ones as the test says. */
function thenOnSameConnection(second: Behaviour): Behaviour {
  const used = new WeakSet<Socket>();
  return (webhook: ReceivedWebhook, response) => {
    const { socket } = response;
    if (socket && used.has(socket)) return second(webhook, response);
    if (socket) used.add(socket);
    accepts(webhook, response);
  };
}

describe.each(Object.entries(types))('a destination of type %s', (_type, bind) => {
  it('a kept-alive connection that AWS has closed is replaced within the attempt', async () => {
    peer.behave = thenOnSameConnection(resets);
    const bound = bind();
    await attempt(bound);
    expect((await attempt(bound)).verdict).toEqual({ kind: 'delivered' });
    expect(peer.received).toHaveLength(3);
  });

  it('one replacement suffices even if AWS has closed all kept-alive connections', async () => {
    peer.behave = thenOnSameConnection(resets);
    const bound = bind();
    await Promise.all([attempt(bound), attempt(bound), attempt(bound)]);
    expect((await attempt(bound)).verdict).toEqual({ kind: 'delivered' });
    expect(peer.received).toHaveLength(5);
  });

  it('a request that broke within the response is not sent again, as it may have succeeded', async () => {
    peer.behave = thenOnSameConnection((_, response) => {
      response.socket?.write('HTTP/1.1 200 O', () => response.socket?.destroy());
    });
    const bound = bind();
    await attempt(bound);
    const { error, verdict } = await attempt(bound);
    expect([error?.code, verdict.kind]).toEqual(['CONNECTION_RESET', 'failed']);
    expect(peer.received).toHaveLength(2);
  });

  it('a request that broke after a while is not sent again, as it may have succeeded', async () => {
    peer.behave = thenOnSameConnection((webhook, response) => {
      vi.advanceTimersByTime(600);
      resets(webhook, response);
    });
    const bound = bind();
    await attempt(bound);
    const { error, verdict } = await attempt(bound);
    expect([error?.code, verdict.kind]).toEqual(['CONNECTION_RESET', 'failed']);
    expect(peer.received).toHaveLength(2);
  });

  it('a request that broke on a new connection is not sent again', async () => {
    peer.behave = resets;
    const { error, verdict } = await attempt(bind());
    expect([error?.code, verdict.kind]).toEqual(['CONNECTION_RESET', 'failed']);
    expect(peer.received).toHaveLength(1);
  });
});
