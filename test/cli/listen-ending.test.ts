import { describe, expect, it } from 'vitest';
import { eventually } from '../support/hawser.ts';
import { answer, hang } from '../support/receiver.ts';
import {
  begin,
  cutOff,
  deliveryOf,
  destinationsLeft,
  isEvent,
  isLost,
  listen,
  newSource,
  receiver,
  send,
  withListening,
} from './listening.ts';
import { cli, hawser } from './stack.ts';

/** How `hawser listen` ends, and what it leaves behind. */

withListening();

describe('the end of hawser listen', () => {
  it('one Ctrl-C leaves nothing behind', async () => {
    const source = await newSource('short');
    const one = await listen('--source', 'short', '--json');
    const [ready] = one.documents('ready');
    const isRunning = async () => (await destinationsLeft()).some(({ id }) => id === ready?.destination_id);
    expect(await isRunning()).toBe(true);
    expect(await one.stop('SIGINT')).toBe(0);
    expect(await isRunning()).toBe(false);
    const { body } = await hawser.api<{ connections: unknown[] }>('GET', `/v1/connections?source_id=${source.id}`);
    expect(body.connections).toEqual([]);
  });

  it('an event in progress is finished before the end, and its result is recorded as the attempt', async () => {
    const source = await newSource('slow');
    const one = await listen('--source', 'slow', '--json');
    let finish = () => {};
    receiver.behave = (_, response) => {
      finish = () => response.writeHead(202).end();
    };
    const eventId = await send(source, '{}');
    await receiver.until(({ length }) => length === 1);
    const ended = one.stop('SIGINT');
    await one.until((line) => line.includes('Ending: 1 under way'));
    finish();
    expect(await ended).toBe(0);
    expect(await deliveryOf(eventId, 'succeeded')).toMatchObject({ status_code: 202, attempt_count: 1 });
  });

  /** Told to end while the program is at work, for which it waits. */
  async function ending(name: string) {
    const source = await newSource(name);
    const one = await listen('--source', name, '--json');
    receiver.behave = hang;
    await send(source, '{}');
    await receiver.until(({ length }) => length === 1);
    const toldMs = Date.now();
    one.stop('SIGINT');
    await one.until((line) => line.includes('Ending: 1 under way'));
    return { one, toldMs, id: String(one.documents('ready')[0]?.destination_id) };
  }

  it('a second Ctrl-C ends it at once and leaves nothing behind', async () => {
    const { one, id } = await ending('impatient');
    // By the signal itself.
    expect(await one.stop('SIGINT')).toBeNull();
    expect((await destinationsLeft()).map((left) => left.id)).not.toContain(id);
    expect(one.documents('note')).toHaveLength(1);
    expect(one.documents('event')).toMatchObject([{ error_code: 'CUT_OFF' }]);
  });

  it('a second Ctrl-C waits 2.5 s for a silent Hawser and says what is left behind', async () => {
    const { one, id } = await ending('unanswered');
    process.kill(hawser.pid, 'SIGSTOP');
    try {
      expect(await one.stop('SIGINT')).toBeNull();
    } finally {
      process.kill(hawser.pid, 'SIGCONT');
    }
    expect(one.documents('note').at(-1)).toMatchObject({
      message: `its destination is still there: hawser destinations delete ${id} --yes`,
    });
  });

  it('one Ctrl-C ends it after 5 s, however long the program takes', async () => {
    const { one, toldMs } = await ending('patient');
    expect(await one.ended).toBe(0);
    // A timer of Node's may be a millisecond early.
    expect(Date.now() - toldMs).toBeGreaterThanOrEqual(4_990);
    // Its --timeout of 30 s would have ended with TIMEOUT.
    expect(one.documents('event')).toMatchObject([{ status_code: null, error_code: 'CUT_OFF' }]);
  });

  it('while Hawser is silent it says after 1 s what it waits for, and gives up after 10 s', async () => {
    await newSource('silent');
    const one = await listen('--source', 'silent', '--json');
    const id = String(one.documents('ready')[0]?.destination_id);
    process.kill(hawser.pid, 'SIGSTOP');
    try {
      const ended = one.stop('SIGINT');
      await one.until((line) => line.includes('Waiting up to 10 s for Hawser to delete the destination'));
      expect(await ended).toBe(5);
    } finally {
      process.kill(hawser.pid, 'SIGCONT');
    }
    expect(JSON.parse(one.lines.at(-1) ?? '')).toMatchObject({
      error: expect.stringContaining('no answer within 10 s'),
      hint: `its destination is still there: hawser destinations delete ${id} --yes`,
    });
  });

  it('a third Ctrl-C ends it whatever is left behind', async () => {
    const { one } = await ending('hasty');
    process.kill(hawser.pid, 'SIGSTOP');
    try {
      const ended = one.stop('SIGINT');
      // Two of a kind that come together are one.
      await new Promise((resolve) => setTimeout(resolve, 300));
      one.stop('SIGINT');
      expect(await ended).toBeNull();
    } finally {
      process.kill(hawser.pid, 'SIGCONT');
    }
    expect(one.documents('note')).toHaveLength(1);
  });

  it('hawser listen ends cleanly when its output is closed', async () => {
    await newSource('unheard');
    const one = await listen('--source', 'unheard');
    const [{ id = '' } = {}] = await destinationsLeft();
    one.hangUp();
    // It says so, and finds that nobody reads it.
    await cutOff(id);
    expect(await one.ended).toBe(0);
    expect((await destinationsLeft()).map((left) => left.id)).not.toContain(id);
  });

  it('hawser listen says what is left behind when Hawser is down', async () => {
    await newSource('left');
    const one = await listen('--source', 'left');
    await hawser.kill();
    await one.until(isLost);
    expect(await one.stop('SIGINT')).toBe(5);
    expect(one.lines.at(-1)).toMatch(/its destination is still there: hawser destinations delete dst_\w+ --yes/);
    await hawser.boot();
  });

  it('a killed session leaves its destination, which names its owner and shows that nobody is connected', async () => {
    await newSource('killed');
    const one = await listen('--source', 'killed', '--json');
    const id = String(one.documents('ready')[0]?.destination_id);
    const shown = async () => (await cli.run(['destinations', 'get', id])).stdout;
    expect(await shown()).toMatch(/^clients +1 connected, since \S+Z$/m);
    await one.stop('SIGKILL');
    await eventually('nobody is connected', async () => /^clients +none connected$/m.test(await shown()));
    expect(await shown()).toMatch(/^description +Made by hawser listen of \S+ on \S+, for http:/m);
    const list = ['destinations', 'list', '--type', 'websocket', '--search', 'hawser listen'];
    expect((await cli.run(list)).stdout).toContain(id);
    expect((await cli.run(['destinations', 'delete', id, '--yes'])).code).toBe(0);
    expect((await destinationsLeft()).map((left) => left.id)).not.toContain(id);
  });
});

describe('hawser listen interrupted before its destination is created', () => {
  /** Of a Hawser that has the source, and does not say whether it has made the destination. */
  async function opening() {
    const sources = { sources: [{ id: 'src_1', name: 'early' }], cursor: null, has_more: false };
    receiver.behave = (webhook, response) => {
      if (webhook.method === 'GET') answer(200, JSON.stringify(sources))(webhook, response);
    };
    const one = begin('--url', receiver.url, '--to', '3000', '--source', 'early', '--json');
    await receiver.until((received) => received.some(({ method }) => method === 'POST'));
    return one;
  }

  const MAY_STILL_EXIST = 'Its destination may be there: hawser destinations list --type websocket';

  it('hawser listen says what it waits for, and after 10 s what may be left behind', async () => {
    const one = await opening();
    const ended = one.stop('SIGINT');
    await one.until((line) =>
      line.includes("Waiting up to 10 s for Hawser's answer. Press Ctrl-C again to end at once."),
    );
    expect(await ended).toBe(5);
    expect(JSON.parse(one.lines.at(-1) ?? '')).toMatchObject({
      error: expect.stringContaining('no answer within 10 s'),
      hint: MAY_STILL_EXIST,
    });
  });

  it('hawser listen says what may be left behind 2.5 s after a second Ctrl-C', async () => {
    const one = await opening();
    one.stop('SIGINT');
    await one.until((line) => line.includes('Waiting up to 10 s'));
    expect(await one.stop('SIGINT')).toBeNull();
    expect(one.lines.at(-1)).toContain(MAY_STILL_EXIST);
  });
});

describe('hawser listen --name', () => {
  it('a named destination is kept, and the next session gets what came in the meantime', async () => {
    const [source, another] = [await newSource('kept'), await newSource('kept-too')];
    const first = await listen('--source', 'kept', '--name', 'my laptop');
    expect(await first.stop('SIGTERM')).toBe(0);
    const eventId = await send(source, 'while nobody was there');
    expect(await deliveryOf(eventId, 'pending')).toMatchObject({ attempt_count: 0 });
    // Hawser's names have no blanks at their ends.
    const again = ['--source', 'kept', '--source', 'kept-too', '--name', ' my laptop ', '--timeout', '40', '--json'];
    const second = await listen(...again);
    expect(JSON.parse(await second.until(isEvent))).toMatchObject({ event_id: eventId, status_code: 200 });
    const other = await send(another, '{}');
    await second.until((line) => line.includes(other));
    // The attempts last as long as the program may take now.
    const kept = (await destinationsLeft()).filter(({ name }) => name === 'my laptop');
    expect(kept).toMatchObject([{ timeout_seconds: 45, config: { wait_for: 'answer' } }]);
  });

  const newDestination = async (settings: object) =>
    (await hawser.api<{ id: string } & object>('POST', '/v1/destinations', settings)).body.id;
  const refused = (name: string) => cli.run(['listen', '--source', 'named', '--to', '3000', '--name', name]);

  it('an ambiguous name or a destination of another type is refused', async () => {
    await newSource('named');
    const type = 'websocket';
    const ids = [await newDestination({ type, name: 'two' }), await newDestination({ type, name: 'two' })];
    const several = await refused('two');
    expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('2 destinations have the name two')]);
    expect(several.stderr).toContain(`${ids[0]} is the oldest`);
    expect(several.stderr).toContain(`hawser destinations delete ${ids[1]}`);
    const id = await newDestination({ name: 'backend', url: receiver.url });
    const other = await refused('backend');
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringContaining(`backend is the name of a destination of the type http, ${id}`),
    ]);
    for (const none of ['x'.repeat(101), '  ']) expect((await refused(none)).code).toBe(2);
    const { body } = await hawser.api<{ destinations: object[] }>('GET', '/v1/destinations?search=backend');
    expect(body.destinations).toHaveLength(1);
  });

  it('an event that was cut off is delivered again in the next session', async () => {
    const source = await newSource('cut-off');
    const args = ['--source', 'cut-off', '--name', 'cut off', '--timeout', '3', '--json'];
    const first = await listen(...args);
    receiver.behave = hang;
    const eventId = await send(source, '{}');
    await receiver.until(({ length }) => length === 1);
    first.stop('SIGINT');
    await first.until((line) => line.includes('Ending: 1 under way'));
    await first.stop('SIGINT');
    receiver.behave = answer(202);
    const second = await listen(...args);
    expect(JSON.parse(await second.until(isEvent))).toMatchObject({ event_id: eventId, attempt: 2, status_code: 202 });
  });
});
