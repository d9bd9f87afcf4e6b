import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { websocket } from '../../core/destination-types/websocket.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { awsDestination } from '../destinations/delivery.fixture.ts';
import { websocketDestination } from '../destinations/websocket.ts';
import { ClientStore } from '../stores/clients/client-store.ts';
import { ClientAdmission } from '../websocket/client-admission.ts';
import { CircuitUnderTest } from './circuit.fixture.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { LineUnderTest } from './line/line.fixture.ts';
import { plainDestination } from './worker.fixture.ts';

/** Deliveries to a WebSocket destination that come while nobody is connected to it. */

const GONE = answer(410, '{}', { 'x-amzn-errortype': 'GoneException' });

let lab: CircuitUnderTest;
/** API Gateway, as functions see it. */
let gateway: Receiver;
let store: ClientStore;
let admission: ClientAdmission;
let worker: DeliveryWorker;
/** Ids of the clients that API Gateway takes frames for. */
let connected: Set<string>;
/** What an attempt waits for once it has read who is connected. */
let afterLook: () => Promise<void>;
let withoutClients: 'hold' | 'fail';
/** The status that programs behind clients answer with, if attempts wait for that. */
let answered: number | undefined;

beforeEach(async () => {
  lab = await CircuitUnderTest.start();
  gateway = await Receiver.start();
  connected = new Set();
  afterLook = async () => {};
  withoutClients = 'hold';
  answered = undefined;
  gateway.behave = (webhook, response) => {
    const id = decodeURIComponent(webhook.url.split('/').at(-1) ?? '');
    (connected.has(id) ? answer(200) : GONE)(webhook, response);
  };
  const now = () => lab.nowMs;
  store = new ClientStore({ dynamodb: lab.services.clients.dynamodb, table: resourceNames.clients });
  admission = new ClientAdmission({ clients: store, send: (message, delay) => lab.queue.send(message, delay), now });
  worker = newWorker();
});
afterEach(async () => {
  await gateway.stop();
  await lab.close();
});

/** A function instance that delivers to a destination which clients connect to. */
function newWorker(): DeliveryWorker {
  const api = new ApiGatewayManagementApiClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const clients = {
    of: async (...query: Parameters<ClientStore['of']>) => {
      const found = await store.of(...query);
      await afterLook();
      return found;
    },
    remove: store.remove.bind(store),
  };
  const type = websocketDestination(
    () => ({
      clients,
      api,
      apiKeys: { get: async () => undefined },
      answers: {
        clientAnswer: async ({ deliveryId }, attempt) => {
          const response = { statusCode: answered ?? 0, headers: [], body: new Uint8Array(), bodyTruncated: false };
          return { deliveryId, attempt, answeredAtMs: lab.nowMs, durationMs: 1, response };
        },
      },
    }),
    () => lab.nowMs,
    async () => {},
  );
  return lab.instance({
    destination: async () => {
      if (!lab.destination) return undefined;
      const target = {
        type: 'websocket' as const,
        config: websocket.config.parse({
          without_clients: withoutClients,
          wait_for: answered === undefined ? 'receipt' : 'answer',
        }),
      };
      const bound = type.bind(awsDestination(target, { id: lab.destinationId, timeoutSeconds: 5, auth: undefined }));
      return {
        ...lab.destination,
        ...plainDestination,
        pace: NO_PACE,
        retryPolicy: { maxRetries: 10, backoff: 'fixed', intervalsSeconds: [30], retryOn: null },
        attempt: (delivery) => bound.attempt(delivery),
      };
    },
  });
}

/** Connects as `$connect` does, with the handshake that follows. */
async function arrive(id: string): Promise<void> {
  await admission.admit(id, { destinationId: lab.destinationId, keyDigest: null });
  connected.add(id);
}

const pump = () => lab.pumpAll(worker);
const pass = (seconds: number, stepSeconds = 1) => lab.passTime(seconds, { stepSeconds, worker });
const stateOf = async (job: DeliveryJob) => {
  const { delivery, attempts = [] } = (await lab.stored(job)) ?? {};
  return { status: delivery?.status, attempts: attempts.length };
};
async function arriveOne(): Promise<DeliveryJob> {
  const [job] = await lab.arrive(1);
  if (!job) throw new Error('nothing has arrived');
  return job;
}

describe('while nobody is connected', () => {
  it('a delivery that nobody takes is held with one write, without an attempt, a failure or a message', async () => {
    const job = await arriveOne();
    const writes = lab.writes();
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    expect(writes).toEqual({ rows: 1, updates: 0 });
    expect(await lab.circuit()).toMatchObject({ state: 'closed', epoch: 0, failures: 0 });
    await pass(3_600, 600);
    expect(writes).toEqual({ rows: 1, updates: 0 });
    expect(gateway.received).toEqual([]);
  });

  it('a held delivery goes out within two seconds after a client has connected', async () => {
    const jobs = await lab.arrive(5);
    await pump();
    await arrive('one');
    await pass(2);
    for (const job of jobs) expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
    expect(gateway.received).toHaveLength(5);
  });

  it('a delivery is held when the last client has vanished silently', async () => {
    await arrive('one');
    await pass(40);
    connected.delete('one');
    const job = await arriveOne();
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    await arrive('two');
    await pass(2);
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
  });

  it('a retry is held with its attempts, and keeps counting', async () => {
    await arrive('one');
    await pass(40);
    gateway.behave = answer(403, '{}', { 'x-amzn-errortype': 'ForbiddenException' });
    const job = await arriveOne();
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'retrying', attempts: 1 });
    gateway.behave = GONE;
    await pass(40, 5);
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 1 });
    gateway.behave = answer(200);
    await arrive('two');
    await pass(2);
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 2 });
  });

  it('a client of a disabled destination gets nothing until the destination is enabled', async () => {
    const job = await arriveOne();
    await pump();
    const { destination } = lab;
    lab.destination = destination && { ...destination, enabled: false };
    await arrive('one');
    await pass(200, 5);
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    lab.destination = destination;
    await lab.queue.send({ destinationId: lab.destinationId, atMs: lab.nowMs });
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
  });
});

describe('a client that connects', () => {
  it('a client that connects just as a delivery is being held gets it by a later pass of the release', async () => {
    const [looked, decision] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    afterLook = () => {
      looked.resolve();
      return decision.promise;
    };
    const job = await arriveOne();
    const deciding = lab.pump(worker);
    await looked.promise;
    // The attempt has seen nobody, and the delivery is not held yet.
    await arrive('one');
    const other = newWorker();
    afterLook = async () => {};
    await lab.services.clock.advance(2_000);
    await lab.pumpAll(other);
    expect(await stateOf(job)).toEqual({ status: undefined, attempts: 0 });
    decision.resolve();
    await deciding;
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    await lab.passTime(10, { stepSeconds: 1, worker: other });
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
  });

  it('a client that API Gateway does not know yet stays listed, and gets what was held for it', async () => {
    await admission.admit('one', { destinationId: lab.destinationId, keyDigest: null });
    const job = await arriveOne();
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    connected.add('one');
    await pass(2);
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
  });

  it('many clients at once ask for one release, and five seconds later for another', async () => {
    const asked = async () => {
      await lab.services.clock.advance(1_000);
      const messages = await lab.receive();
      return messages.filter(({ body }) => JSON.parse(body).kind === 'release').length;
    };
    for (let index = 0; index < 10; index++) await arrive(`client-${index}`);
    expect(await asked()).toBe(1);
    await lab.services.clock.advance(3_900);
    await arrive('late');
    expect(await asked()).toBe(0);
    await lab.services.clock.advance(5_000);
    await arrive('later');
    expect(await asked()).toBe(1);
  });

  it('a client that connects after one that never arrived is found by the later passes of the release', async () => {
    const job = await arriveOne();
    await pump();
    await admission.admit('ghost', { destinationId: lab.destinationId, keyDigest: null });
    await lab.services.clock.advance(3_000);
    await pump();
    expect(await stateOf(job)).toEqual({ status: 'held', attempts: 0 });
    await arrive('one');
    await pass(12);
    expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 1 });
  });
});

describe('the circuit', () => {
  const failing = answer(403, '{}', { 'x-amzn-errortype': 'ForbiddenException' });

  it('a probe that finds nobody decides nothing, and the next one does', async () => {
    await arrive('one');
    await pass(40);
    const behave = gateway.behave;
    gateway.behave = failing;
    const jobs = await lab.arrive(5);
    await pump();
    expect(await lab.circuit()).toMatchObject({ state: 'open', failures: 5 });
    gateway.behave = behave;
    connected.delete('one');
    await pass(65, 5);
    expect(await lab.circuit()).toMatchObject({ state: 'half_open', failures: 5 });
    for (const job of jobs) expect((await stateOf(job)).status).toBe('held');
    await arrive('two');
    await pass(125, 5);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
    await pass(10, 5);
    for (const job of jobs) expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 2 });
  });

  it('the circuit follows the answers of the programs behind clients if attempts wait for those', async () => {
    await arrive('one');
    await pass(40);
    answered = 500;
    const jobs = await lab.arrive(5);
    await pump();
    expect(await lab.circuit()).toMatchObject({ state: 'open', failures: 5 });
    answered = 200;
    await pass(70, 5);
    expect(await lab.circuit()).toMatchObject({ state: 'closed', failures: 0 });
    await pass(10, 5);
    for (const job of jobs) expect(await stateOf(job)).toEqual({ status: 'succeeded', attempts: 2 });
  });

  it('the circuit counts that nobody is connected only if that is a failure', async () => {
    withoutClients = 'fail';
    const [job] = await lab.arrive(5);
    await pump();
    expect(await lab.circuit()).toMatchObject({ state: 'open', failures: 5 });
    expect(await lab.stored(job as DeliveryJob)).toMatchObject({
      delivery: { status: 'retrying', lastResult: 'NO_CLIENTS' },
    });
  });
});

describe('the line of a destination with a pace', () => {
  let services: TestServices;
  let line: LineUnderTest;
  beforeEach(async () => {
    services = await startServices();
    line = new LineUnderTest(services, 2);
  });
  afterEach(() => services.close());
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  const arriveAtLine = () => line.queue.send({ destinationId: line.destinationId, atMs: line.nowMs }, 1);

  it('a line stands while nobody is connected, and goes on in its order when a client connects', async () => {
    line.pace = { ...NO_PACE, ordering: 'fifo' };
    let isThere = false;
    line.answer = () => ({ statusCode: 200, isUnclaimed: !isThere });
    const jobs = await line.accept(...numbers(5));
    await line.pass(3_600, 60_000);
    expect(line.sent).toEqual(['0']);
    isThere = true;
    await arriveAtLine();
    await line.pass(8);
    expect(line.sent).toEqual(['0', ...numbers(5)]);
    for (const job of jobs) expect(await line.status(job)).toBe('succeeded');
  });

  it('a line that a hanging attempt keeps when a client connects goes on with a later pass', async () => {
    line.pace = { ...NO_PACE, maxConcurrency: 2 };
    let isThere = false;
    line.answer = (_, body) =>
      body === '0' ? { statusCode: 200, afterMs: 30_000 } : { statusCode: 200, isUnclaimed: !isThere };
    const jobs = await line.accept(...numbers(4));
    await line.pass(5);
    isThere = true;
    // The run has seen nobody, and has the line for as long as the first attempt lasts. Messages that find the line taken are
    // dropped.
    await arriveAtLine();
    await line.pass(20);
    expect(await line.waiting()).toBe(4);
    await line.pass(120);
    for (const job of jobs) expect(await line.status(job)).toBe('succeeded');
    expect(await line.waiting()).toBe(0);
  });
});
