import { gzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { s3 } from '../../core/destination-types/s3.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { startServices, type TestServices } from '../../test/support/services.ts';
import { awsDestination, deliveryOf, sendToEndpoint } from './delivery.fixture.ts';
import type { AttemptInput } from './destination-type.ts';
import { s3Destination } from './s3.ts';

const Bucket = 'webhooks-archive';

let services: TestServices;
beforeAll(async () => {
  services = await startServices();
  services.simulators.s3.ensureBucket({ name: Bucket });
});
afterAll(() => services.close());
beforeEach(() => sendToEndpoint(services.endpointUrl));

const send = (delivery: AttemptInput, config: object = {}) => {
  const target = { type: 's3' as const, config: s3.config.parse({ bucket: Bucket, region: 'us-east-1', ...config }) };
  return s3Destination(() => new STSClient())
    .bind(awsDestination(target))
    .attempt(delivery);
};
const objectAt = async (Key: string) => {
  const { Body, ...head } = await services.clients.s3.send(new GetObjectCommand({ Bucket, Key }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ...head };
};

describe('a delivery to a bucket', () => {
  it('the object has the body byte for byte, its content type, and metadata that identify the event', async () => {
    const body = Buffer.from([0xff, 0x00, 0x7b]);
    const delivery = deliveryOf(body, [['content-type', 'application/x-protobuf']]);
    const { eventId, deliveryId, sourceId } = delivery.job;
    const { verdict, request, response, requestHeaders } = await send(delivery, { metadata: { team: 'blue' } });
    expect(verdict).toEqual({ kind: 'delivered' });
    const Key = `${sourceId}/2026/11/22/${eventId}`;
    expect(JSON.parse(Buffer.from(response?.body ?? []).toString())).toEqual({ Key, ETag: expect.any(String) });
    expect(await objectAt(Key)).toMatchObject({
      bytes: body,
      ContentType: 'application/x-protobuf',
      Metadata: {
        team: 'blue',
        'hawser-event-id': eventId,
        'hawser-delivery-id': deliveryId,
        'hawser-source-id': sourceId,
      },
    });
    expect(request?.target).toMatch(new RegExp(`^s3://[a-z0-9-]+/${Key}$`));
    expect(requestHeaders).toContainEqual(['x-amz-meta-hawser-event-id', eventId]);
  });

  it('the object has the key and the content type of the destination, with the acceptance time filled in', async () => {
    const delivery = deliveryOf('{}', [['content-type', 'text/plain']]);
    const key = 'in/{year}-{month}-{day}T{hour}/{delivery_id}.json';
    await send(delivery, { key, content_type: 'application/json' });
    const { ContentType } = await objectAt(`in/2026-11-22T03/${delivery.job.deliveryId}.json`);
    expect(ContentType).toBe('application/json');
  });

  it('the largest body that a webhook may have is stored', async () => {
    const body = Buffer.alloc(4_500_000, 'x');
    const delivery = deliveryOf(body);
    await send(delivery, { key: '{event_id}' });
    expect(Buffer.compare((await objectAt(delivery.job.eventId)).bytes, body)).toBe(0);
  });

  it('a repeated attempt overwrites its object and creates no second one', async () => {
    const delivery = deliveryOf('{}');
    for (const attempt of [1, 2]) await send({ ...delivery, job: { ...delivery.job, attempt } });
    const { Contents } = await services.clients.s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: `${delivery.job.sourceId}/` }),
    );
    expect(Contents).toHaveLength(1);
  });

  it("the object keeps the sender's content encoding", async () => {
    const body = gzipSync('{"a":1}');
    const delivery = deliveryOf(body, [['Content-Encoding', 'gzip']]);
    await send(delivery, { key: '{event_id}' });
    expect(await objectAt(delivery.job.eventId)).toMatchObject({ bytes: body, ContentEncoding: 'gzip' });
  });

  it('a body that is empty or has no content type is stored too', async () => {
    const delivery = deliveryOf('', [['content-type', 'text/plain\u00e9']]);
    await send(delivery, { key: '{event_id}' });
    const { bytes, ContentType } = await objectAt(delivery.job.eventId);
    expect([bytes.byteLength, ContentType]).toEqual([0, 'application/octet-stream']);
  });

  it('a bucket may have dots in its name', async () => {
    const bucket = 'archive.example.com';
    services.simulators.s3.ensureBucket({ name: bucket });
    expect((await send(deliveryOf('{}'), { bucket })).verdict).toEqual({ kind: 'delivered' });
  });

  it('a bucket that does not exist (yet) is retried', async () => {
    const { error, verdict } = await send(deliveryOf('{}'), { bucket: 'no-such-bucket' });
    expect(error?.code).toBe('TARGET_NOT_FOUND');
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: 404 });
  });

  it.each([
    ['ACCESS_DENIED', 403, 'AccessDenied'],
    ['ACCESS_DENIED', 403, 'SignatureDoesNotMatch'],
    ['THROTTLED', 503, 'SlowDown'],
    ['SERVICE_ERROR', 500, 'InternalError'],
    ['REQUEST_REFUSED', 301, 'PermanentRedirect'],
  ])('%s is reported for %i %s', async (code, status, name) => {
    const peer = await Receiver.start();
    sendToEndpoint(new URL('/', peer.url).href);
    peer.behave = answer(status, `<Error><Code>${name}</Code><Message>no</Message></Error>`, {
      location: 'http://169.254.169.254/',
    });
    const { error, verdict } = await send(deliveryOf('{}'));
    expect(error).toMatchObject({ code, message: expect.stringContaining(`${name}: no`) });
    expect(verdict).toMatchObject({ kind: 'failed', failure: 'temporary', statusCode: status });
    expect(peer.received).toHaveLength(1);
    await peer.stop();
  });
});
