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

it('a session that can be neither opened nor undone reports the reason and what is left behind', async () => {
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

it('a session that ends while creating its destination gets no answer gives up and says that the destination may exist', async () => {
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

it('a session that ends while its destination is being created deletes it', async () => {
  const answered = Promise.withResolvers<void>();
  answers({ 'POST /destinations': (...args) => void answered.promise.then(() => made(...args)) });
  const opened = opening();
  await hasGot('POST', '/destinations');
  ending.abort();
  answered.resolve();
  expect(await opened).toBeUndefined();
  await hasGot('DELETE', '/destinations/dst_1');
});

it('a session that ends while creating a connection gets no answer does not wait, and deletes its destination', async () => {
  answers({ 'POST /destinations': made, 'POST /connections': hang });
  const opened = opening({ name: 'kept' });
  await hasGot('POST', '/connections');
  ending.abort();
  expect(await opened).toBeUndefined();
  await hasGot('DELETE', '/destinations/dst_1');
});

it('a session that ends while Hawser answers nothing names the destination it has created', async () => {
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

it('a session that ends while its destination is looked up by name creates nothing', async () => {
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

it('of two sessions that create a destination of the same name at once, the later one deletes its own and uses the older', async () => {
  answersWithTwo('dst_2');
  expect(await opening({ name: 'both' })).toMatchObject({ destinationId: 'dst_1', isKept: true });
  expect(changes()).toEqual([
    'POST /destinations',
    'DELETE /destinations/dst_2',
    'PATCH /destinations/dst_1',
    'POST /connections',
  ]);
});

it('of two sessions that create a destination of the same name at once, the earlier one keeps its own', async () => {
  answersWithTwo('dst_1');
  expect(await opening({ name: 'both' })).toMatchObject({ destinationId: 'dst_1', isKept: true });
  expect(changes()).toEqual(['POST /destinations', 'POST /connections']);
});

it('a connection that the other session created in the meantime is used', async () => {
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
