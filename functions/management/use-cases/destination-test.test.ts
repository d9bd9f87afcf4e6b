import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answer, hang, Receiver } from '../../../test/support/receiver.ts';
import { variable } from '../../shared/environment.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
let receiver: Receiver;
beforeAll(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
});
afterAll(() => api.close());
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

const newDestination = (fields: object = {}) =>
  api.ok('POST', '/v1/destinations', { body: { url: receiver.url, ...fields } });
const test = (id: string, body: object = {}) => api.ok('POST', `/v1/destinations/${id}/test`, { body });

describe('a test of a destination', () => {
  it('a test sends what a delivery would, signed, and shows the result', async () => {
    const { id, secret } = await newDestination({ headers: { Authorization: 'Bearer 0123456789abcdef' } });
    receiver.behave = answer(201, 'thanks', { 'X-Trace': 'abc' });
    const { succeeded, attempt } = await test(id, { body: '{"a":1}', headers: { 'X-Event': 'push' } });
    expect(succeeded).toBe(true);
    expect(attempt).toMatchObject({
      number: 1,
      status_code: 201,
      error_code: null,
      request_method: 'POST',
      request_target: receiver.url,
      response_body: 'thanks',
      request_headers: { Authorization: '••••cdef', 'X-Event': 'push' },
    });
    const [got] = receiver.received;
    expect(got).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer 0123456789abcdef' } });
    expect(got?.body.toString()).toBe('{"a":1}');
    expect(() =>
      new Webhook(secret).verify(got?.body.toString() ?? '', got?.headers as Record<string, string>),
    ).not.toThrow();
  });

  it('a test without a payload sends one that says what it is', async () => {
    const { id } = await newDestination({ name: 'Backend API' });
    await test(id);
    const [got] = receiver.received;
    expect(JSON.parse(got?.body.toString() ?? '')).toMatchObject({
      type: 'hawser.test',
      destination_id: id,
      destination_name: 'Backend API',
    });
  });

  it('a test stores no event, no delivery and no figures', async () => {
    const { id } = await newDestination();
    await test(id);
    expect((await api.ok('GET', '/v1/deliveries', { query: { destination_id: id } })).deliveries).toEqual([]);
    expect((await api.ok('GET', '/v1/events')).events).toEqual([]);
    expect(await api.ok('GET', `/v1/destinations/${id}`)).toMatchObject({ delivery_count: 0, last_delivery_at: null });
  });

  it('a failed test is a response, not an error', async () => {
    const { id } = await newDestination();
    receiver.behave = answer(500, 'stack trace');
    expect(await test(id)).toMatchObject({
      succeeded: false,
      attempt: { status_code: 500, response_body: 'stack trace' },
    });
    await receiver.stop();
    expect(await test(id)).toMatchObject({
      succeeded: false,
      attempt: { status_code: null, error_code: 'CONNECTION_REFUSED', response_body: null },
    });
  });

  it('a test waits as long as the timeout of the destination', async () => {
    const { id } = await newDestination({ timeout_seconds: 1 });
    receiver.behave = hang;
    expect(await test(id)).toMatchObject({ succeeded: false, attempt: { error_code: 'TIMEOUT' } });
  });

  it('an archived destination can be tested', async () => {
    const { id } = await newDestination();
    await api.ok('POST', `/v1/destinations/${id}/archive`);
    expect(await test(id)).toMatchObject({ succeeded: true });
  });

  it('a test is not sent where deliveries may not go', async () => {
    const { id } = await newDestination({ url: 'https://rebinding.example/' });
    expect(await test(id)).toMatchObject({ succeeded: false, attempt: { error_code: 'DNS_ERROR' } });
    for (const url of ['http://169.254.169.254/', 'http://10.0.0.1/']) {
      await api.refused(400, 'INVALID_URL', 'PATCH', `/v1/destinations/${id}`, { body: { url } });
    }
  });

  it('bytes given in base64 are sent as they are', async () => {
    const { id } = await newDestination();
    const bytes = Buffer.from([0xff, 0x00]);
    await test(id, { body: bytes.toString('base64'), body_encoding: 'base64' });
    expect(receiver.received[0]?.body).toEqual(bytes);
  });
});
