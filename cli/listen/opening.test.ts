import { afterEach, beforeEach, expect, it } from 'vitest';
import { answer, type Behaviour, hang, Receiver } from '../../test/support/receiver.ts';
import { Api } from '../api.ts';
import { type OpeningOptions, openSession } from './opening.ts';

let hawser: Receiver;
let ending: AbortController;
let over: AbortController;
beforeEach(async () => {
  hawser = await Receiver.start();
  [ending, over] = [new AbortController(), new AbortController()];
});
afterEach(() => hawser.stop());

const refusal = (status: number, message: string) => answer(status, JSON.stringify({ code: 'CODE', message }));
const made = answer(201, JSON.stringify({ id: 'dst_1', name: 'made', type: 'websocket' }));

/** Answers by method and path. All lists are empty. */
function answers(each: Readonly<Record<string, Behaviour>>): void {
  const none = answer(200, '{"connections":[],"destinations":[],"cursor":null,"has_more":false}');
  hawser.behave = (webhook, response) => {
    const path = webhook.url.replace(/^\/hook\/v1/, '').replace(/\?.*/, '');
    (each[`${webhook.method} ${path}`] ?? none)(webhook, response);
  };
}

const hasGot = (method: string, path: string) =>
  hawser.until((received) => received.some((one) => one.method === method && one.url.startsWith(`/hook/v1${path}`)));

function opening(options: Partial<OpeningOptions> = {}) {
  const api = new Api({ url: hawser.url, apiKey: '', organization: undefined });
  const given = { sources: [{ id: 'src_1', name: 'shop' }], to: new URL('http://127.0.0.1:3000'), programSeconds: 30 };
  return openSession(api, { ...given, name: undefined, ...options }, { ending: ending.signal, over: over.signal });
}

it('a session that can be neither opened nor undone says why not, and what is left', async () => {
  answers({
    'POST /destinations': made,
    'POST /connections': refusal(409, 'too many connections'),
    'DELETE /destinations/dst_1': refusal(500, 'out of order'),
  });
  await expect(opening()).rejects.toMatchObject({
    message: 'too many connections',
    details: { hint: 'its destination is still there: hawser destinations delete dst_1 --yes' },
  });
});

/** For a promise that may reject before anybody awaits it. */
function watched<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

it('one that ends while Hawser does not say whether it has made the destination gives up, and says that it may be there', async () => {
  answers({ 'POST /destinations': hang });
  const opened = watched(opening());
  await hasGot('POST', '/destinations');
  ending.abort();
  over.abort(new Error('no answer within 10 s'));
  await expect(opened).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/can't be reached: no answer within 10 s$/),
    details: { hint: 'Its destination may be there: hawser destinations list --type websocket' },
  });
});

it('one that ends while the destination is made deletes it', async () => {
  const answered = Promise.withResolvers<void>();
  answers({ 'POST /destinations': (...args) => void answered.promise.then(() => made(...args)) });
  const opened = opening();
  await hasGot('POST', '/destinations');
  ending.abort();
  answered.resolve();
  expect(await opened).toBeUndefined();
  await hasGot('DELETE', '/destinations/dst_1');
});

it('one that ends while Hawser is silent about a connection does not wait for it, and deletes what it has made', async () => {
  answers({ 'POST /destinations': made, 'POST /connections': hang });
  const opened = opening({ name: 'kept' });
  await hasGot('POST', '/connections');
  ending.abort();
  expect(await opened).toBeUndefined();
  await hasGot('DELETE', '/destinations/dst_1');
});

it('one that ends while Hawser is silent about everything says what it has made', async () => {
  answers({ 'POST /destinations': made, 'POST /connections': hang, 'DELETE /destinations/dst_1': hang });
  const opened = watched(opening());
  await hasGot('POST', '/connections');
  ending.abort();
  await hasGot('DELETE', '/destinations/dst_1');
  over.abort(new Error('no answer within 10 s'));
  await expect(opened).rejects.toMatchObject({
    details: { hint: 'its destination is still there: hawser destinations delete dst_1 --yes' },
  });
});

it('one that ends while it is looked for by its name has made nothing', async () => {
  answers({ 'GET /destinations': hang });
  const opened = opening({ name: 'kept' });
  await hasGot('GET', '/destinations');
  ending.abort();
  expect(await opened).toBeUndefined();
  expect(hawser.received).toHaveLength(1);
});

/** A Hawser that has no destination of that name until one is made, and then has two. */
function answersWithTwo(madeId: string, more: Readonly<Record<string, Behaviour>> = {}): void {
  let count = 0;
  const found = () => (count > 0 ? ['dst_1', 'dst_2'].map((id) => ({ id, name: 'both', type: 'websocket' })) : []);
  answers({
    'GET /destinations': (...args) =>
      answer(200, JSON.stringify({ destinations: found(), cursor: null, has_more: false }))(...args),
    'POST /destinations': (...args) => {
      count++;
      answer(201, JSON.stringify({ id: madeId, name: 'both', type: 'websocket' }))(...args);
    },
    'PATCH /destinations/dst_1': answer(200, '{}'),
    'DELETE /destinations/dst_2': answer(200, '{}'),
    'POST /connections': answer(201, '{}'),
    ...more,
  });
}

const changes = () =>
  hawser.received
    .filter(({ method }) => method !== 'GET')
    .map(({ method, url }) => `${method} ${url.replace('/hook/v1', '')}`);

it('of two that make a destination of one name at once, the later one deletes its own and takes the older', async () => {
  answersWithTwo('dst_2');
  expect(await opening({ name: 'both' })).toMatchObject({ destinationId: 'dst_1', isKept: true });
  expect(changes()).toEqual([
    'POST /destinations',
    'DELETE /destinations/dst_2',
    'PATCH /destinations/dst_1',
    'POST /connections',
  ]);
});

it('the earlier one keeps its own', async () => {
  answersWithTwo('dst_1');
  expect(await opening({ name: 'both' })).toMatchObject({ destinationId: 'dst_1', isKept: true });
  expect(changes()).toEqual(['POST /destinations', 'POST /connections']);
});

it('a connection that the other one has made meanwhile is there', async () => {
  let connections = '[]';
  answersWithTwo('dst_1', {
    'GET /connections': (...args) =>
      answer(200, `{"connections":${connections},"cursor":null,"has_more":false}`)(...args),
    'POST /connections': (...args) => {
      connections = '[{"source_id":"src_1"}]';
      answer(409, '{"code":"CONFLICT","message":"connected already"}')(...args);
    },
  });
  expect(await opening({ name: 'both' })).toMatchObject({ destinationId: 'dst_1' });
});
