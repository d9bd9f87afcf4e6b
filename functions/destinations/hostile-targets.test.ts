import type { LookupAddress, lookup } from 'node:dns';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, onTestFinished, vi } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { parseDestinationUrl } from '../../core/destinations/destination-url.ts';
import { hostileTargets, unusableTargets } from '../../core/destinations/hostile-targets.fixture.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { kafkaTarget, rabbitmqTarget } from './broker-targets.fixture.ts';
import type { AttemptInput, AttemptResult, BoundDestination } from './destination-type.ts';
import { httpDestination } from './http.ts';
import { httpTarget } from './http-target.fixture.ts';
import { kafkaDestination } from './kafka.ts';
import { rabbitmqDestination } from './rabbitmq.ts';

const sourceId = newId('src');
const delivery: AttemptInput = {
  job: firstJob(
    { id: newEventId(sourceId, Date.now()), organizationId: newId('org'), sourceId },
    { id: newId('con'), destinationId: newId('dst') },
  ),
  head: { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' },
  body: Buffer.from('{}'),
  eventUrl: 'https://hawser.example/events/1',
};

/** Records each connection that is started: nothing reaches the network without one. */
let connected: MockInstance;
beforeEach(() => {
  connected = vi.spyOn(Socket.prototype, 'connect');
});
afterEach(() => {
  connected.mockRestore();
});

/** A response that means success for every type: it combines those of both brokers. */
const PUBLISHED = '{"routed":true,"error_code":200}';

/** A look-up that calls `resolve` each time. */
function resolver(resolve: () => string[]): typeof lookup {
  return ((_host: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) => {
    callback(
      null,
      resolve().map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;
}

type Network = Parameters<typeof httpDestination>[0];
type Bind = (url: string, network: Network, resolve?: typeof lookup) => BoundDestination;

/** Each type that sends to a URL of the user's choice. */
const types: Readonly<Record<string, Bind>> = {
  http: (url, network, resolve) => httpDestination(network, Date.now, resolve).bind(httpTarget({ url })),
  kafka: (url, network, resolve) => kafkaDestination(network, Date.now, resolve).bind(kafkaTarget({ rest_url: url })),
  rabbitmq: (url, network, resolve) =>
    rabbitmqDestination(network, Date.now, resolve).bind(rabbitmqTarget({ management_url: url })),
};

describe.each(Object.entries(types))('a destination of type %s', (_type, bind) => {
  function attempt(url: string, addresses: string[] = []): Promise<AttemptResult> {
    return bind(
      url,
      'public',
      resolver(() => addresses),
    ).attempt(delivery);
  }

  describe('a hostile URL', () => {
    it.each(hostileTargets)('is refused on creation and again on delivery: %s (%s)', async (_, url) => {
      expect(parseDestinationUrl(url, 'public').problem).toMatch(/not a public address/);
      const { error, verdict } = await attempt(url);
      expect(error).toMatchObject({
        code: 'BLOCKED_ADDRESS',
        message: expect.stringContaining('use a public host name'),
      });
      expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
      expect(connected).not.toHaveBeenCalled();
    });

    it.each(unusableTargets)('is unusable on creation and again on delivery: %s (%j)', async (_, url) => {
      expect(parseDestinationUrl(url, 'public').problem).toBeTypeOf('string');
      const { error, verdict } = await attempt(url, ['93.184.216.34']);
      expect(error).toMatchObject({ code: 'INVALID_CONFIGURATION', message: expect.stringContaining('the URL ') });
      expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
      expect(connected).not.toHaveBeenCalled();
    });
  });

  describe('a host name with a hostile address', () => {
    it.each([
      ['this machine', ['127.0.0.1']],
      ['this machine in IPv6', ['::1']],
      ['instance metadata', ['169.254.169.254']],
      ['a private network', ['10.0.0.1']],
      ['a private network, mapped', ['::ffff:10.0.0.1']],
      ['a public address, and a private one', ['93.184.216.34', '192.168.0.1']],
      ['a private address, and a public one', ['fd00::1', '2606:4700::1111']],
    ])('a host name is blocked if it resolves to %s', async (_, addresses) => {
      const { error, verdict } = await attempt('https://hostile.example/', addresses);
      expect(error).toMatchObject({ code: 'BLOCKED_ADDRESS', message: expect.stringContaining('hostile.example') });
      expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
    });

    it('a host name that turns hostile after creation is refused on the next delivery', async () => {
      const url = 'https://rebinding.example/';
      expect(parseDestinationUrl(url, 'public').problem).toBeUndefined();
      expect((await attempt(url, ['10.0.0.1'])).error?.code).toBe('BLOCKED_ADDRESS');
    });

    it("Hawser's own AWS endpoint is blocked even where loopback addresses are allowed", async () => {
      const receiver = await Receiver.start();
      onTestFinished(() => receiver.stop());
      receiver.behave = answer(200, PUBLISHED);
      const awsPort = Number(new URL(receiver.url).port);
      for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'hostile.example']) {
        const target = bind(
          `http://${host}:${awsPort}/`,
          { awsPort },
          resolver(() => ['127.0.0.1']),
        );
        const { error, verdict } = await target.attempt(delivery);
        expect(error?.message).toContain("Hawser's own AWS endpoint");
        expect(verdict).toMatchObject({ kind: 'failed', failure: 'permanent' });
      }
      expect(receiver.received).toEqual([]);
    });

    it('the connection goes to the address that was checked, without a second look-up', async () => {
      const receiver = await Receiver.start();
      onTestFinished(() => receiver.stop());
      receiver.behave = answer(200, PUBLISHED, { connection: 'close' });
      const answers = [['127.0.0.1'], ['10.0.0.1']];
      const url = `http://rebinding.example:${new URL(receiver.url).port}/`;
      const target = bind(
        url,
        'loopback',
        resolver(() => answers.shift() ?? []),
      );
      expect((await target.attempt(delivery)).verdict).toEqual({ kind: 'delivered' });
      expect(answers).toHaveLength(1);
      expect((await target.attempt(delivery)).error?.code).toBe('BLOCKED_ADDRESS');
      expect(receiver.received).toHaveLength(1);
    });
  });

  it('a redirect to a hostile target is not followed', async () => {
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.stop());
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.behave = answer(status, PUBLISHED, { location: `${receiver.url}/elsewhere` });
      expect((await bind(receiver.url, 'loopback').attempt(delivery)).verdict).toMatchObject({
        kind: 'failed',
        failure: 'temporary',
      });
    }
    expect(receiver.received).toHaveLength(5);
  });
});
