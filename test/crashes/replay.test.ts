import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../core/ids.ts';
import { ApiUnderTest } from '../../functions/management/testing/api.fixture.ts';
import type { Connected } from '../../functions/management/testing/history.fixture.ts';
import { type Clients, clientsThrough, ReplaysUnderTest } from '../../functions/replay/replays.fixture.ts';
import { logger } from '../../functions/shared/logger.ts';
import { loseResponse } from '../support/lost-responses.ts';

let api: ApiUnderTest;
let replays: ReplaysUnderTest;
let ends: Connected;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  vi.spyOn(logger, 'error').mockImplementation(() => {});
});
beforeEach(async () => {
  replays = await ReplaysUnderTest.start(api);
  ends = await replays.connected();
});
afterAll(() => api.close());

const VISIBILITY_MS = 180_000;

class Killed extends Error {}

/** Clients of a function that is killed at the call of this number, before or after the service has done what it asks. */
function mortalClients(call: number, when: 'before' | 'after'): Clients {
  let callsLeft = call;
  return clientsThrough(api.services, async (_, send) => {
    if (callsLeft <= 0) throw new Killed('it is dead');
    callsLeft--;
    if (callsLeft === 0 && when === 'before') throw new Killed('before the call');
    const answer = await send();
    if (callsLeft === 0) throw new Killed('after the call');
    return answer;
  });
}

/** Makes one step with such clients. @returns whether it was killed */
async function stepWith(clients: Clients): Promise<boolean> {
  try {
    await replays.step(replays.runner(clients));
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  }
}

const DEAD = 15;
const PAGE = 10;

/** Runs a replay of two pages whose function is killed once. @returns whether it got that far */
async function replayWithCrash(step: number, call: number, when: 'before' | 'after'): Promise<boolean> {
  replays = await ReplaysUnderTest.start(api);
  ends = await replays.connected();
  const ids = await replays.deadOnes(ends, DEAD);
  const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
  for (let made = 0; made < step; made++) {
    await replays.step();
    await api.services.clock.advance(PAGE * 1_000);
  }
  const wasKilled = await stepWith(mortalClients(call, when));
  if (wasKilled) await api.services.clock.advance(VISIBILITY_MS);
  await replays.run();
  const jobs = await replays.allJobs();
  const where = { step, call, when };
  expect({ where, sent: [...new Set(jobs.map(({ deliveryId }) => deliveryId))].sort() }).toEqual({
    where,
    sent: ids.sort(),
  });
  expect(jobs.length).toBeLessThanOrEqual(DEAD + PAGE);
  // A copy is the same attempt, and so is made only once.
  for (const job of jobs) expect(job).toMatchObject({ attempt: 2, roundStart: 2 });
  expect({ where, left: replays.depth('deadLetterQueue') }).toEqual({ where, left: 0 });
  expect(await replays.shown(id)).toMatchObject({ status: 'completed', position: null });
  return wasKilled;
}

describe('a function that is killed', () => {
  it.each([
    ['the first page', 0],
    ['the last page', 1],
    ['clearing the queue', 2],
  ])(
    'a replay whose function is killed at any call of %s goes on and loses nothing',
    { timeout: 120_000 },
    async (_, step) => {
      for (const when of ['before', 'after'] as const) {
        let crashes = 0;
        while (await replayWithCrash(step, crashes + 1, when)) crashes++;
        expect(crashes).toBeGreaterThan(5);
      }
    },
  );
});

describe('a replay that loses a response of DynamoDB', () => {
  it.each([
    ['to recording a step', /#step = :read/],
    ['to recording its end', /#status = :running/],
  ])('a replay that loses the response %s goes on, and is announced once', async (_, written) => {
    await replays.deadOnes(ends, DEAD);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    const clients = clientsThrough(api.services, (_, send) => send());
    const lost = loseResponse(clients.dynamodb, written);
    await replays.run(replays.runner(clients));
    expect(lost()).toBe(1);
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', position: null, replayed: DEAD });
    expect(replays.announced.map(({ type }) => type)).toEqual(['replay.completed']);
    expect(await replays.allJobs()).toHaveLength(DEAD);
  });
});

describe('a message of a step', () => {
  it('a repeated or late message of a step does not start a second chain of steps', async () => {
    await replays.deadOnes(ends, 25);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    const runner = replays.runner();
    const message = { replayId: id, organizationId: replays.organizationId, atMs: Date.now() };
    const waiting = () => replays.depth('replayQueue');
    await replays.step(runner);
    expect(waiting()).toBe(1);
    // A copy of the message.
    await runner.run({ ...message, step: 0 }, 1);
    expect(waiting()).toBe(1);
    // It comes back because it was not deleted: the next message may not have been sent.
    await runner.run({ ...message, step: 0 }, 2);
    expect(waiting()).toBe(2);
    await Promise.all([runner.run({ ...message, step: 1 }, 1), runner.run({ ...message, step: 1 }, 1)]);
    expect(waiting()).toBe(3);
    await runner.run({ ...message, step: 0 }, 2);
    expect(waiting()).toBe(3);
    expect((await replays.shown(id)).replayed).toBe(20);
    await replays.run(runner);
    const { status, replayed } = await replays.shown(id);
    expect({ status, replayed }).toEqual({ status: 'completed', replayed: 25 });
  });

  it('a replay goes on when its message is moved back from the dead-letter queue', async () => {
    await replays.deadOnes(ends, 15);
    const { id } = await replays.begin({ destination_id: ends.destination, rate_limit_per_second: 1 });
    const clients = clientsThrough(api.services, (operation, send) =>
      operation === 'SendMessage' ? Promise.reject(new Killed('SQS is down')) : send(),
    );
    expect(await stepWith(clients)).toBe(true);
    await api.services.clock.advance(VISIBILITY_MS);
    const { simulators, replayQueue } = api.services;
    const [lost] = await simulators.sqs.receiveMessages(replayQueue.queueArn, { maxMessages: 1, waitTimeMs: 0 });
    await simulators.sqs.deleteMessages(replayQueue.queueArn, [lost?.receiptHandle ?? '']);
    await simulators.sqs.sendMessage(replayQueue.queueArn, { body: lost?.body ?? '' });
    replays.laterMs = 20 * 60_000;
    await replays.run();
    expect(await replays.shown(id)).toMatchObject({ status: 'completed', replayed: 15 });
  });

  it('a message whose replay is not written yet waits for it, and is dropped after two minutes', async () => {
    const runner = replays.runner();
    const message = { replayId: newId('rpl'), organizationId: replays.organizationId, step: 0, atMs: Date.now() };
    await runner.run(message, 1);
    expect(replays.depth('replayQueue')).toBe(1);
    replays.laterMs = 121_000;
    expect(await replays.run(runner)).toBe(1);
    expect(replays.depth('replayQueue')).toBe(0);
  });

  it('a step that fails for the fifth time fails its replay, which is announced on the bus', async () => {
    await replays.deadOnes(ends, 1);
    const { id } = await replays.begin({ destination_id: ends.destination });
    const message = { replayId: id, organizationId: replays.organizationId, step: 0, atMs: Date.now() };
    await replays.runner().run(message, 5);
    expect(await replays.shown(id)).toMatchObject({ status: 'failed', reason: 'step_failed', replayed: 0 });
    expect(replays.announced).toMatchObject([
      { type: 'replay.failed', detail: { replay_id: id, reason: 'step_failed' } },
    ]);
    await replays.run();
    expect(await replays.allJobs()).toEqual([]);
  });
});

describe('a replay that could not be begun', () => {
  it('a replay whose message could not be sent is never shown as running', async () => {
    const { sqs } = api.services.clients;
    const broken = vi.spyOn(Object.getPrototypeOf(sqs), 'send').mockRejectedValueOnce(new Error('SQS is down'));
    const { status } = await api.call('POST', '/v1/replays', { body: {}, organization: replays.organizationId });
    broken.mockRestore();
    expect(status).toBe(500);
    expect((await replays.ok('GET', '/v1/replays')).replays).toEqual([]);
  });
});
