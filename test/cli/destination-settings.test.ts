import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../support/certificates.ts';
import { Receiver } from '../support/receiver.ts';
import { fieldsIn } from './fields.ts';
import { cli, withStack } from './stack.ts';

withStack();
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.stop());

const { certificate, privateKey: private_key } = new CertificateAuthority().sign('hawser');
const made = (name: string) => cli.json<{ id: string }>('destinations', 'create', receiver.url, '--name', name);

describe('the settings that destinations get shows', () => {
  it('default settings are not shown', async () => {
    const { id } = await made('plain');
    const { stdout } = await cli.run(['destinations', 'get', id]);
    expect(Object.keys(fieldsIn(stdout))).toEqual([
      'id',
      'name',
      'type',
      'url',
      'state',
      'circuit',
      'secret',
      'attempts',
      'created',
    ]);
    const screen = await cli.run(['destinations', 'create', '--type', 'websocket', '--name', 'plain screen']);
    expect(fieldsIn(screen.stdout)).not.toMatchObject({ signing: expect.anything() });
  });

  it.each([
    [
      {
        method: 'PUT',
        headers: { 'X-Team': 'blue' },
        auth: { type: 'bearer', token: 'of-the-receiver' },
        signing: { scheme: 'hmac', prefix: 'sha256=', header: 'X-Signature', timestamp_header: 'X-Time' },
        timeout_seconds: 30,
        retry_intervals: 'fast',
        circuit_breaker: { failure_threshold: 3, cooldown_seconds: 90 },
        rate_limit: { limit: 10, period: 'second' },
        ordering: 'fifo',
        max_concurrency: 4,
      },
      {
        method: 'PUT',
        headers: 'X-Team: blue',
        auth: 'bearer',
        signing: 'hmac sha256, in hex behind sha256= in X-Signature, and its time in X-Time',
        timeout: '30 s',
        retries: '5, after 5 s, 25 s, 2 min, 10 min, 10 min',
        'circuit breaker': 'opens after 3 failures in a row, for 90 s at first',
        'rate limit': '10 a second',
        ordering: 'fifo',
        'max concurrency': '4',
      },
    ],
    [
      {
        signing: { scheme: 'none' },
        timeout_seconds: 60,
        retry_backoff_type: 'linear',
        retry_max_attempts: 3,
        circuit_breaker: { enabled: false },
        ordering: { fifo_by: { body: 'customer.id' } },
      },
      {
        signing: 'none',
        timeout: '1 min',
        retries: '3, after 30 s, 1 min, 90 s',
        'circuit breaker': 'off',
        ordering: 'fifo by body customer.id',
      },
    ],
    [{ retry_on: ['429', '5xx'] }, { retries: '5, after 30 s, 5 min, 30 min, 2 h, 1 d; of 429, 5xx alone' }],
    [{ retry_max_attempts: 0 }, { retries: 'none' }],
  ])('a changed setting is shown: %j', async (change, shown) => {
    const { id } = await made('changed');
    const { stdout } = await cli.run(['destinations', 'update', id, '--data', JSON.stringify(change)]);
    expect(fieldsIn(stdout)).toMatchObject(shown);
    expect(fieldsIn((await cli.run(['destinations', 'get', id])).stdout)).toMatchObject(shown);
  });

  it.each([
    [
      'metadata of objects',
      {
        ...{ type: 's3', auth: { type: 'aws_role', role_arn: 'arn:aws:iam::111122223333:role/hawser-orders' } },
        config: { bucket: 'orders', region: 'eu-central-1', metadata: { team: 'orders', stage: 'live' } },
      },
      { metadata: '2 (see --json)' },
    ],
    [
      'headers of messages',
      {
        ...{ type: 'rabbitmq', auth: { type: 'basic', username: 'hawser', password: 'of-the-broker' } },
        config: { management_url: 'http://127.0.0.1:15671', exchange: 'orders', headers: { team: 'orders' } },
      },
      { headers: '1 (see --json)', persistent: 'true', exchange: 'orders' },
    ],
    [
      'variables of a template',
      {
        template: 'pagerduty',
        template_variables: { routing_key: '0123456789abcdef0123456789abcdef', severity: 'critical' },
      },
      { template: 'pagerduty', 'template variables': '2 (see --json)' },
    ],
    [
      'a client certificate',
      { url: 'https://127.0.0.1:9443/hook', config: { client_certificate: { certificate, private_key } } },
      { 'client certificate': 'set (see --json)' },
    ],
  ])('a setting too long for a line is summarized: %s', async (name, given, shown) => {
    const data = JSON.stringify({ name, ...given });
    const { stdout } = await cli.run(['destinations', 'create', '--data', data]);
    expect(fieldsIn(stdout)).toMatchObject({ name, ...shown });
  });

  it('the connection created together with the destination is shown', async () => {
    await cli.json('sources', 'create', 'connected');
    const { stdout } = await cli.run(['destinations', 'create', receiver.url, '--source', 'connected']);
    expect(fieldsIn(stdout)).toMatchObject({ connection: expect.stringMatching(/^con_\w{32}$/) });
  });
});
