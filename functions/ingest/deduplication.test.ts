import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Source } from '../../core/ingest/source.ts';
import { type Sender, type Sent, senders } from '../../core/verification/senders.fixture.ts';
import { variable } from '../shared/environment.ts';
import { IngestUnderTest } from './ingest.fixture.ts';

let ingest: IngestUnderTest;
let url: string;
beforeAll(async () => {
  ingest = await IngestUnderTest.start();
});
beforeEach(async () => {
  url = await ingest.serve();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
afterAll(() => ingest.close());

async function send({ id }: Source, { headers = [], body }: Partial<Sent> = {}, to = url) {
  const response = await fetch(`${to}/in/${id}`, {
    method: 'POST',
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: Buffer.from(body ?? '{}'),
  });
  return {
    status: response.status,
    eventId: response.headers.get('x-hawser-event-id'),
    isCopy: response.headers.get('x-hawser-duplicate') === 'true',
    text: await response.text(),
  };
}

const keyed = (key: string, body = '{}'): Sent => ({ headers: [['Idempotency-Key', key]], body });
const byHeader = (more: object = {}) => ingest.newSource({ deduplication: { by: 'header' }, ...more });

describe('a copy of a webhook', () => {
  it('a copy is answered with the id of the first one, and not stored again', async () => {
    const source = await byHeader();
    const first = await send(source, keyed('order-7'));
    expect(first).toMatchObject({ status: 200, isCopy: false });
    expect(await send(source, keyed('order-7'))).toEqual({ ...first, isCopy: true });
    const stored = await ingest.stored(source.id);
    expect(stored.map(({ id }) => id)).toEqual([first.eventId]);
  });

  it('a copy gets the configured response of its source', async () => {
    const source = await byHeader({ response: { status_code: 202, body: 'ok' } });
    const first = await send(source, keyed('order-7'));
    expect(await send(source, keyed('order-7'))).toEqual({ ...first, isCopy: true });
    expect([first.status, first.text]).toEqual([202, 'ok']);
  });

  it('a webhook with another id, without an id, or for another source is not a copy', async () => {
    const [source, other] = [await byHeader(), await byHeader()];
    const sent: Sent[] = [keyed('order-7'), keyed('order-8'), { body: '{}' }, { body: '{}' }];
    for (const request of sent) expect(await send(source, request)).toMatchObject({ status: 200, isCopy: false });
    expect(await send(other, keyed('order-7'))).toMatchObject({ status: 200, isCopy: false });
    expect(await ingest.stored(source.id)).toHaveLength(4);
  });

  it('a copy is recognized by a header that the source chooses', async () => {
    const source = await byHeader({ deduplication: { by: 'header', header: 'X-Event' } });
    await send(source, { headers: [['x-event', '1']] });
    expect(await send(source, { headers: [['X-EVENT', '1']] })).toMatchObject({ isCopy: true });
    expect(await send(source, keyed('1'))).toMatchObject({ isCopy: false });
  });

  it('a copy is recognized by a path of its body, even if ids exceed the precision of a double', async () => {
    const source = await ingest.newSource({ deduplication: { by: 'body', path: 'data.id' } });
    const body = (id: string) => ({ body: `{"data":{"id":${id}}}` });
    await send(source, body('9007199254740993'));
    expect(await send(source, body('9007199254740993'))).toMatchObject({ isCopy: true });
    expect(await send(source, body('9007199254740992'))).toMatchObject({ isCopy: false });
    expect(await send(source, { body: 'no JSON' })).toMatchObject({ status: 200, isCopy: false });
  });

  const withIds = senders.filter(({ name, event }) => event.id !== undefined && !/twilio|square/.test(name));
  it.each(withIds)('a copy is recognized by the event id of $name', async ({ settings, body, send: sign }: Sender) => {
    const source = await ingest.newSource({ verification: settings.current, deduplication: { by: 'event_id' } });
    const first = await send(source, await sign(body, Date.now() - 5_000));
    expect(first).toMatchObject({ status: 200, isCopy: false });
    expect(await send(source, await sign(body, Date.now()))).toEqual({ ...first, isCopy: true });
  });

  it('a copy after the window is a new event, whether or not DynamoDB has deleted the expired row', async () => {
    const source = await byHeader({ deduplication: { by: 'header', window_seconds: 3_600 } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const first = await send(source, keyed('order-7'));
    vi.setSystemTime(Date.now() + 3_599_000);
    expect(await send(source, keyed('order-7'))).toMatchObject({ isCopy: true });
    vi.setSystemTime(Date.now() + 1_000);
    const again = await send(source, keyed('order-7'));
    expect(again).toMatchObject({ status: 200, isCopy: false });
    expect(again.eventId).not.toBe(first.eventId);
    expect(await send(source, keyed('order-7'))).toMatchObject({ eventId: again.eventId, isCopy: true });
  });

  it('a copy is recognized no longer than events are kept', async () => {
    url = await ingest.serve({ [variable.retentionDays]: '1' });
    const source = await byHeader({ deduplication: { by: 'header', window_seconds: 604_800 } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await send(source, keyed('order-7'));
    vi.setSystemTime(Date.now() + 86_400_000);
    expect(await send(source, keyed('order-7'))).toMatchObject({ isCopy: false });
  });
});

describe('simultaneous copies', () => {
  it('simultaneous copies make one event, on any number of instances', async () => {
    const source = await byHeader();
    const instances = [url, await ingest.serve(), await ingest.serve()];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => send(source, keyed('order-7'), instances[index % 3])),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ eventId }) => eventId)).size).toBe(1);
    expect(answers.filter(({ isCopy }) => !isCopy)).toHaveLength(1);
    expect(await ingest.stored(source.id)).toHaveLength(1);
  });

  it('simultaneous copies with different large bodies store one of the bodies, complete', async () => {
    const source = await byHeader();
    const bodies = Array.from({ length: 6 }, () => Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))));
    await Promise.all(bodies.map((body) => send(source, { ...keyed('order-7'), body })));
    const [event, ...others] = await ingest.stored(source.id);
    expect(others).toEqual([]);
    expect(event?.kind).toBe('object');
    expect(bodies.some((body) => body.equals(event?.body ?? Buffer.alloc(0)))).toBe(true);
  });
});

describe('a webhook that could not be stored', () => {
  it('a webhook is stored when it is sent again, at whichever step the first attempt failed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const source = await byHeader();
    // The id is decided, and then the function fails.
    const broken = await ingest.serve({ [variable.eventsTable]: 'no-such-table' });
    expect(await send(source, keyed('order-7', '{"order":7}'), broken)).toMatchObject({ status: 500 });
    expect(ingest.calls).toContain('UpdateItemCommand');
    expect(await ingest.stored(source.id)).toEqual([]);
    const again = await send(source, keyed('order-7', '{"order":7}'));
    expect(again).toMatchObject({ status: 200, isCopy: false });
    const [event] = await ingest.stored(source.id);
    expect([event?.id, String(event?.body)]).toEqual([again.eventId, '{"order":7}']);
    expect(await send(source, keyed('order-7', '{"order":7}'))).toEqual({ ...again, isCopy: true });
  });
});

describe('a request that is refused', () => {
  it('a refused request does not block the genuine webhook that it imitates', async () => {
    const github = senders.find(({ name }) => name === 'github');
    const real = await github?.send(github.body, Date.now());
    const source = await ingest.newSource({
      verification: github?.settings.current,
      deduplication: { by: 'event_id' },
    });
    expect(await send(source, { ...real, body: '{"forged":true}' })).toMatchObject({ status: 401 });
    expect(ingest.calls).not.toContain('UpdateItemCommand');
    expect(await send(source, real)).toMatchObject({ status: 200, isCopy: false });
  });
});

describe('the cost of de-duplication', () => {
  const callsOf = async (act: () => Promise<unknown>) => {
    ingest.calls.length = 0;
    await act();
    return ingest.calls.filter((name) => name !== 'DecryptCommand');
  };

  it('a source without de-duplication costs one write per webhook, whether or not it has an id', async () => {
    const source = await ingest.newSource();
    await send(source);
    expect(await callsOf(() => send(source, keyed('order-7')))).toEqual(['PutItemCommand']);
  });

  it('a webhook without an id costs one write', async () => {
    const source = await byHeader();
    await send(source);
    expect(await callsOf(() => send(source))).toEqual(['PutItemCommand']);
  });

  it('the first webhook costs one small write more, and a copy one write and one read', async () => {
    const source = await byHeader();
    await send(source);
    expect(await callsOf(() => send(source, keyed('order-7')))).toEqual(['UpdateItemCommand', 'PutItemCommand']);
    expect(await callsOf(() => send(source, keyed('order-7')))).toEqual(['UpdateItemCommand', 'GetItemCommand']);
  });
});
