import { describe, expect, it } from 'vitest';
import { eventually, freePort } from '../support/hawser.ts';
import { answer, hang, Receiver } from '../support/receiver.ts';
import {
  cutOff,
  deliveryOf,
  destinationsLeft,
  isConnected,
  isEvent,
  isLost,
  listen,
  newSource,
  receiver,
  send,
  withListening,
} from './listening.ts';
import { cli, hawser } from './stack.ts';

/** `hawser listen` as a process, against the running stack. */

withListening();

describe('the program behind hawser listen', () => {
  it("each event is handed on unchanged, and the program's response is shown", async () => {
    const source = await newSource('orders');
    const one = await listen('--source', 'orders', '--json');
    receiver.behave = answer(201, '{"created":true}');
    const eventId = await send(source, '{"order": 12345678901234567890}', {
      path: '/new/order?shop=1&shop=2',
      headers: { 'X-Shop': 'eins', 'Content-Type': 'application/vnd.shop+json' },
      method: 'PUT',
    });
    expect(JSON.parse(await one.until(isEvent))).toMatchObject({
      event_id: eventId,
      source_id: source.id,
      attempt: 1,
      status_code: 201,
      error_code: null,
      response_body: '{"created":true}',
      duration_ms: expect.any(Number),
    });
    const [webhook] = receiver.received;
    expect(webhook).toMatchObject({ method: 'PUT', url: '/hook/new/order?shop=1&shop=2' });
    expect(String(webhook?.body)).toBe('{"order": 12345678901234567890}');
    expect(webhook?.headers).toMatchObject({
      host: new URL(receiver.url).host,
      'x-shop': 'eins',
      'content-type': 'application/vnd.shop+json',
      'x-hawser-event-id': eventId,
      'x-hawser-attempt-count': '1',
    });
  });

  it("the program's response becomes the attempt, so a failure is retried and handed on again", async () => {
    const source = await newSource('mended');
    const one = await listen('--source', 'mended', '--json');
    receiver.behave = (webhook, response) =>
      (webhook.headers['x-hawser-attempt-count'] === '1'
        ? answer(500, 'broken', { 'X-Trace': '7' })
        : answer(201, '{"created":true}'))(webhook, response);
    const eventId = await send(source, '{}');
    const { id } = await deliveryOf(eventId, 'succeeded');
    expect(await cli.json('deliveries', 'get', id)).toMatchObject({
      status_code: 201,
      attempts: [
        { number: 1, status_code: 500, response_body: 'broken', response_headers: { 'x-trace': '7' } },
        { number: 2, status_code: 201, response_body: '{"created":true}' },
      ],
    });
    const { stdout } = await cli.run(['deliveries', 'get', id]);
    expect(stdout).toMatch(/Attempt 1 {2}500\n.*, including \d+ ms in the program behind the client\n/);
    expect(stdout.match(/broken/g)).toHaveLength(1);
    // What is replayed comes again.
    await cli.json('replay', id);
    await one.until((line) => line.includes('"attempt":3'));
  });

  it('a program that is down fails the attempt, and a retry delivers once it is up', async () => {
    const source = await newSource('late');
    const port = await freePort();
    const one = await listen('--source', 'late', '--to', `127.0.0.1:${port}/hook`, '--json');
    const eventId = await send(source, 'for later');
    expect(JSON.parse(await one.until(isEvent))).toMatchObject({ error_code: 'CONNECTION_REFUSED' });
    const program = await Receiver.start(port);
    await program.until(({ length }) => length === 1);
    expect(String(program.received[0]?.body)).toBe('for later');
    const { id } = await deliveryOf(eventId, 'succeeded');
    const { attempts } = await cli.json<{ attempts: object[] }>('deliveries', 'get', id);
    expect(attempts[0]).toMatchObject({
      status_code: null,
      error_code: 'CONNECTION_REFUSED',
      error_message: expect.stringContaining(String(port)),
      response_body: null,
    });
    expect(attempts.at(-1)).toMatchObject({ status_code: 200, response_body: 'ok' });
    await program.stop();
  });

  it('a program allowed longer than an attempt is not waited for, and its response is shown beside the attempt', async () => {
    const source = await newSource('debugged');
    await listen('--source', 'debugged', '--timeout', '600', '--json');
    receiver.behave = answer(500, 'broken');
    const eventId = await send(source, '{}');
    const { id } = await deliveryOf(eventId, 'succeeded');
    const shown = await eventually('it is told', async () => {
      const { stdout } = await cli.run(['deliveries', 'get', id]);
      return stdout.includes('The program behind the client  500') && stdout;
    });
    expect(shown).toMatch(/Attempt 1 {2}200\n/);
    expect(shown).toContain('broken');
  });

  it('at most ten events of a burst are handed on at a time, so that none times out', async () => {
    const source = await newSource('burst');
    const open: (() => void)[] = [];
    receiver.behave = (_, response) => void open.push(() => response.writeHead(200).end());
    const one = await listen('--source', 'burst', '--json');
    const events = await Promise.all(Array.from({ length: 25 }, (_, index) => send(source, String(index))));
    for (const expected of [10, 20, 25]) {
      await receiver.until(({ length }) => length >= expected);
      expect(receiver.received).toHaveLength(expected);
      for (const finish of open.splice(0)) finish();
    }
    await eventually('all are told', async () => one.documents('event').length === events.length);
    for (const id of events) {
      expect(await deliveryOf(id, 'succeeded')).toMatchObject({ attempt_count: 1, status_code: 200 });
    }
  });

  it('binary bodies and bodies too large for a frame are handed on', async () => {
    const source = await newSource('large');
    const one = await listen('--source', 'large', '--json');
    const binary = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));
    await send(source, binary, { headers: { 'Content-Type': 'application/octet-stream' } });
    await receiver.until(({ length }) => length === 1);
    const large = Buffer.concat([Buffer.alloc(300_000, 'ä'), binary]);
    await send(source, large, { headers: { 'X-Shop': 'eins', 'Content-Type': 'image/png' } });
    await receiver.until(({ length }) => length === 2);
    expect(receiver.received[0]?.body.equals(binary)).toBe(true);
    expect(receiver.received[1]?.body.equals(large)).toBe(true);
    expect(receiver.received[1]?.headers).toMatchObject({ 'x-shop': 'eins', 'content-type': 'image/png' });
    await eventually('both are told', async () => one.documents('event').length === 2);
    expect(one.documents('event').map((event) => event.body_bytes)).toEqual([1_000, 301_000]);
  });

  it('several sources can be listened to, and each event names its source', async () => {
    const sources = [await newSource('first'), await newSource('second')];
    const one = await listen('--source', 'first', '--source', sources[1]?.id ?? '');
    for (const source of sources) await send(source, source.id);
    await one.until((line) => line.includes('  first  POST /  200'));
    await one.until((line) => line.includes('  second  POST /  200'));
    expect(receiver.received.map(({ body }) => String(body)).toSorted()).toEqual(
      sources.map(({ id }) => id).toSorted(),
    );
  });

  it('a source given by name and by id is connected once', async () => {
    const { id } = await newSource('twice');
    const one = await listen('--source', 'twice', '--source', id, '--json');
    expect(one.documents('ready')).toMatchObject([{ sources: [id] }]);
  });

  it('a sender cannot reach paths outside the target URL', async () => {
    const source = await newSource('climber');
    const one = await listen('--source', 'climber', '--json');
    // fetch resolves dot segments, but for those that a server may decode.
    await send(source, '{}', { path: '/..%2fadmin' });
    expect(JSON.parse(await one.until(isEvent))).toMatchObject({ status_code: null, error_code: 'PATH_REFUSED' });
    expect(receiver.received).toEqual([]);
  });
});

describe('the output of hawser listen', () => {
  it('an event is one line, with the reason if the program refused it', async () => {
    const source = await newSource('for-people');
    const one = await listen('--source', source.id);
    receiver.behave = answer(422, 'no\u001b[31m such order');
    const eventId = await send(source, '{}', { path: '/x' });
    expect(await one.until((line) => line.includes(eventId))).toMatch(
      /^\d\d:\d\d:\d\d {2}for-people {2}POST \/x {2}422 {2}\d+ ms {2}evt_/,
    );
    expect(await one.until((line) => line.includes('such order'))).toContain('no\\u001b[31m such order');
  });

  it('a response of several lines is shown in one, or whole with --verbose, and binary bytes are counted', async () => {
    const source = await newSource('several-lines');
    const [brief, verbose] = [
      await listen('--source', 'several-lines'),
      await listen('--source', 'several-lines', '--verbose'),
    ];
    receiver.behave = answer(
      422,
      'TypeError: no ref\r\n\tat order.js:7\n\n\u001b]0;title\u0007 at \u009b2Jmain.js:1\n',
    );
    await send(source, '{}');
    expect(await brief.until((line) => line.includes('TypeError'))).toBe(
      '          TypeError: no ref ⏎ at order.js:7 ⏎ \\u001b]0;title\\u0007 at \\u009b2Jmain.js:1',
    );
    await verbose.until((line) => line.endsWith('main.js:1'));
    const first = verbose.lines.indexOf('TypeError: no ref');
    expect(verbose.lines.slice(first, first + 4)).toEqual([
      'TypeError: no ref',
      '\tat order.js:7',
      '',
      '\\u001b]0;title\\u0007 at \\u009b2Jmain.js:1',
    ]);
    receiver.behave = (_, response) => response.writeHead(500).end(Buffer.from([0xff, 0xfe, 0x1b]));
    await send(source, 'binary');
    expect(await brief.until((line) => line.includes('binary data'))).toBe('          (3 bytes of binary data)');
    // Of a long answer 16 KiB are kept, here with half of a character at their end.
    receiver.behave = answer(500, `long ${'ä'.repeat(10_000)}`);
    await send(source, 'long');
    expect(await brief.until((line) => line.includes('long'))).toMatch(/^ {10}long ä{154}…$/);
  });

  it('a program that is down or does not answer is reported, and listening goes on', async () => {
    const source = await newSource('down');
    const nobody = `127.0.0.1:${await freePort()}`;
    const refused = await listen('--source', 'down', '--to', nobody, '--json');
    const silent = await listen('--source', 'down', '--timeout', '1', '--json');
    receiver.behave = hang;
    await send(source, '{}');
    expect(JSON.parse(await refused.until(isEvent))).toMatchObject({
      status_code: null,
      error_code: 'CONNECTION_REFUSED',
    });
    expect(JSON.parse(await silent.until(isEvent))).toMatchObject({ status_code: null, error_code: 'TIMEOUT' });
    receiver.behave = answer(200);
    const next = await send(source, '{}');
    await silent.until((line) => line.includes(next) && line.includes('"status_code":200'));
  });

  it('the password in the target URL is not shown', async () => {
    await newSource('secretive');
    const to = new URL(receiver.url);
    [to.username, to.password, to.search] = ['user', 'hunter2', '?token=hunter2'];
    const one = await listen('--source', 'secretive', '--to', to.href, '--json');
    expect(JSON.stringify([one.lines, await destinationsLeft()])).not.toContain('hunter2');
    expect(one.documents('ready')).toMatchObject([{ to: receiver.url }]);
  });
});

describe('hawser listen whose destination is changed by somebody else', () => {
  it('hawser listen ends with a message when its destination is deleted, although its connection stays open', async () => {
    await newSource('gone');
    const one = await listen('--source', 'gone', '--ping', '1', '--json');
    const [ready] = one.documents('ready');
    await cli.json('destinations', 'delete', String(ready?.destination_id), '--yes');
    expect(await one.ended).toBe(4);
    expect(one.documents('disconnected')).toEqual([]);
    expect(JSON.parse(one.lines.at(-1) ?? '')).toMatchObject({
      error: `the destination of this session, ${ready?.destination_id}, was deleted`,
      code: 'RESOURCE_NOT_FOUND',
      status: 404,
      hint: 'begin hawser listen again: it makes another one',
    });
  });

  it('hawser listen ends when it finds its destination deleted while reconnecting', async () => {
    await newSource('gone-meanwhile');
    const one = await listen('--source', 'gone-meanwhile', '--json');
    const [ready] = one.documents('ready');
    await hawser.api('DELETE', `/v1/destinations/${ready?.destination_id}`);
    await hawser.kill();
    await hawser.boot();
    expect(await one.ended).toBe(4);
    expect(JSON.parse(one.lines.at(-1) ?? '')).toMatchObject({ error: expect.stringContaining('was deleted') });
  });

  it('hawser listen ends when its destination is archived', async () => {
    await newSource('put-away');
    const one = await listen('--source', 'put-away', '--name', 'put away', '--ping', '1', '--json');
    const [ready] = one.documents('ready');
    await hawser.api('POST', `/v1/destinations/${ready?.destination_id}/archive`);
    expect(await one.ended).toBe(1);
    expect(JSON.parse(one.lines.at(-1) ?? '')).toMatchObject({ error: expect.stringMatching(/was archived$/) });
  });

  it('hawser listen reports that its destination was disabled, and goes on once it is enabled', async () => {
    const source = await newSource('paused');
    const one = await listen('--source', 'paused', '--ping', '1', '--json');
    const [ready] = one.documents('ready');
    const id = String(ready?.destination_id);
    await cli.json('destinations', 'disable', id);
    await one.until((line) => line.includes(`is disabled, and what comes waits: hawser destinations enable ${id}`));
    const eventId = await send(source, '{}');
    await cli.json('destinations', 'enable', id);
    await one.until((line) => line.includes('is enabled again'));
    await one.until((line) => line.includes(eventId) && line.includes('"status_code":200'));
    expect(one.documents('note')).toHaveLength(2);
  });
});

describe('a broken connection', () => {
  it('a connection broken by a crash of the other side is made again, and nothing is lost', async () => {
    const source = await newSource('crash');
    const one = await listen('--source', 'crash');
    await hawser.kill();
    expect(await one.until(isLost)).toMatch(/\. Events wait\.$/);
    const before = one.lines.length;
    await hawser.boot();
    const eventId = await send(source, 'after the crash');
    await one.until((line) => line.includes('connected again, after'), before);
    await one.until((line) => line.includes(eventId) && line.includes('  200  '), before);
    expect(receiver.received.map(({ body }) => String(body))).toEqual(['after the crash']);
  });

  it('a response that comes while the connection is broken is reported once it is made again', async () => {
    const source = await newSource('cut');
    const one = await listen('--source', 'cut', '--json');
    const [ready] = one.documents('ready');
    const finish = Promise.withResolvers<void>();
    receiver.behave = (_, response) => void finish.promise.then(() => response.writeHead(202).end());
    const eventId = await send(source, '{}');
    await receiver.until(({ length }) => length === 1);
    await cutOff(String(ready?.destination_id));
    await one.until(isLost);
    finish.resolve();
    expect(await deliveryOf(eventId, 'succeeded')).toMatchObject({ status_code: 202, attempt_count: 1 });
    expect(receiver.received).toHaveLength(1);
  });

  it('a connection that went silent, as after a sleep, is noticed and made again', async () => {
    const source = await newSource('sleep');
    const one = await listen('--source', 'sleep', '--ping', '1', '--json');
    // Stopped, not killed: its end of the connection stays open, and says nothing.
    process.kill(hawser.pid, 'SIGSTOP');
    try {
      expect(JSON.parse(await one.until(isLost))).toMatchObject({ reason: 'no answer any more' });
    } finally {
      process.kill(hawser.pid, 'SIGCONT');
    }
    const before = one.lines.length;
    await one.until(isConnected, before);
    const eventId = await send(source, '{}');
    await one.until((line) => line.includes(eventId) && line.includes('"status_code":200'), before);
  });
});
