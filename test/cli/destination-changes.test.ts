import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, freePort } from '../support/hawser.ts';
import { answer, Receiver } from '../support/receiver.ts';
import { fieldsIn } from './fields.ts';
import { cli, withStack } from './stack.ts';

interface Made {
  readonly id: string;
  readonly secret: string;
}

withStack();
let receiver: Receiver;
let nobodyListens: string;
beforeAll(async () => {
  receiver = await Receiver.start();
  nobodyListens = `http://127.0.0.1:${await freePort()}/hook`;
});
beforeEach(() => {
  receiver.behave = answer(200);
});
afterAll(() => receiver.stop());

const made = (name: string, ...more: string[]) =>
  cli.json<Made>('destinations', 'create', receiver.url, '--name', name, ...more);

describe('hawser destinations rotate-secret', () => {
  it('rotate-secret prints only the new secret on stdout, and on stderr how long the previous one signs too', async () => {
    const { id, secret: before } = await made('rotated');
    const { code, stdout, stderr } = await cli.run(['destinations', 'rotate-secret', 'rotated', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^whsec_\S+\n$/);
    expect(stdout.trim()).not.toBe(before);
    const [, until = ''] = /^The old secret of rotated also signs until (\S+Z)\. /.exec(stderr) ?? [];
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(86_000_000);
    const { stdout: shown } = await cli.run(['destinations', 'get', id]);
    expect(shown).not.toContain(stdout.trim());
    expect(fieldsIn(shown)).toMatchObject({ 'secret before': `signs too until ${until}` });
  });

  it('rotate-secret accepts an overlap, and a given secret from stdin', async () => {
    const { id } = await made('told');
    const rotate = ['destinations', 'rotate-secret', id, '--yes', '--overlap-seconds'];
    const own = await cli.run([...rotate, '0', '--data', '-'], { stdin: '{"secret":"one of our own"}' });
    expect([own.code, own.stdout]).toEqual([0, 'one of our own\n']);
    expect(own.stderr).toContain('The old secret of told no longer signs');
    const { previous_secret_expires_at: until } = JSON.parse((await cli.run([...rotate, '60', '--json'])).stdout);
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(60_000);
    expect((await cli.run([...rotate, '604801'])).code).toBe(2);
  });

  it('rotate-secret changes nothing without confirmation', async () => {
    const { id } = await made('asked');
    const { code, stderr } = await cli.run(['destinations', 'rotate-secret', id]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('add --yes')]);
    expect(await cli.json('destinations', 'get', id)).toMatchObject({ previous_secret_expires_at: null });
  });

  it('rotate-secret refuses a destination that does not sign', async () => {
    const { id } = await cli.json<Made>('destinations', 'create', '--type', 'websocket', '--name', 'screen');
    const { code, stderr } = await cli.run(['destinations', 'rotate-secret', id, '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not signed')]);
  });
});

describe('hawser destinations archive', () => {
  it('archive requires confirmation, and unarchive undoes it', async () => {
    const { id } = await made('old');
    expect((await cli.run(['destinations', 'archive', 'old'])).code).toBe(2);
    expect(fieldsIn((await cli.run(['destinations', 'archive', 'old', '--yes'])).stdout)).toMatchObject({
      id,
      state: 'archived',
    });
    const { stdout } = await cli.run(['destinations', 'list', '--archived', 'true']);
    expect(stdout).toContain(id);
    expect(fieldsIn((await cli.run(['destinations', 'unarchive', 'old'])).stdout)).toMatchObject({ state: 'enabled' });
    expect(await cli.json('destinations', 'archive', id, '--yes')).toMatchObject({ id });
  });
});

describe('hawser destinations get', () => {
  it('get shows how much waits in the line of a paced destination, and since when', async () => {
    const { ingest_url } = await cli.json<{ ingest_url: string }>('sources', 'create', 'orders');
    const data = JSON.stringify({ url: nobodyListens, ordering: 'fifo' });
    const { id } = await cli.json<Made>(
      ...['destinations', 'create', '--data', data, '--name', 'in order', '--source', 'orders'],
    );
    const waiting = async () => fieldsIn((await cli.run(['destinations', 'get', id])).stdout)['waiting in line'];
    expect(await waiting()).toBe('none');
    const before = Date.now();
    for (let sent = 0; sent < 5; sent++) await fetch(ingest_url, { method: 'POST', body: '{}' });
    const shown = await eventually('all wait', async () =>
      (await waiting())?.startsWith('5,') ? waiting() : undefined,
    );
    const [, since = ''] = /^5, the oldest since (\S+Z)$/.exec(shown ?? '') ?? [];
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before - 1_000);
    const { waiting: told } = await cli.json<{ waiting: object }>('destinations', 'get', id);
    expect(told).toEqual({ count: 5, has_more: false, oldest_at: since });
    const unpaced = await made('at once');
    expect((await cli.run(['destinations', 'get', unpaced.id])).stdout).not.toContain('waiting');
  });
});

describe('a disabled destination', () => {
  const fieldsOf = async (id: string) => fieldsIn((await cli.run(['destinations', 'get', id])).stdout);

  it('get says that it was disabled by request, and since when, until it is enabled', async () => {
    const { id } = await made('off');
    const { disabled_at: at } = await cli.json<{ disabled_at: string }>('destinations', 'disable', id);
    expect(await fieldsOf(id)).toMatchObject({ state: 'disabled', disabled: `${at}, by request` });
    await cli.run(['destinations', 'enable', id]);
    expect(await fieldsOf(id)).not.toHaveProperty('disabled');
  });

  it('get names the delivery whose 410 response disabled it', async () => {
    receiver.behave = answer(410);
    const { ingest_url } = await cli.json<{ ingest_url: string }>('sources', 'create', 'closing');
    const { id } = await made('gone', '--source', 'closing');
    await fetch(ingest_url, { method: 'POST', body: '{}' });
    const found = await eventually('it is disabled', async () =>
      /^\S+Z, as its receiver has answered 410 to (dlv_\w+)$/.exec((await fieldsOf(id)).disabled ?? ''),
    );
    const [, delivery = ''] = found ?? [];
    expect(await cli.json('deliveries', 'get', delivery)).toMatchObject({ destination_id: id, status_code: 410 });
  });
});

describe('hawser destinations health', () => {
  it('health shows how deliveries went, in total and over time, and says if there were none', async () => {
    const { ingest_url } = await cli.json<{ ingest_url: string }>('sources', 'create', 'shop');
    await made('healthy', '--source', 'shop');
    const asked = ['destinations', 'health', 'healthy', '--window', '1h'];
    const none = (await cli.run(asked)).stdout;
    expect(fieldsIn(none)).toEqual({
      status: 'unknown',
      window: '1h',
      'new deliveries': '0',
      attempts: '0, of which 0 failed',
      'last success': 'never',
      'last failure': 'never',
    });
    await fetch(ingest_url, { method: 'POST', body: '{}' });
    const shown = await eventually('it is counted', async () => {
      const { stdout } = await cli.run(asked);
      return stdout.includes('healthy') ? stdout : undefined;
    });
    expect(fieldsIn(shown)).toMatchObject({
      status: 'healthy',
      attempts: '1, of which 0 failed',
      success: '100 %',
      latency: expect.stringMatching(/^[\d.]+ ms on average, p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms$/),
    });
    expect(shown).toMatch(/^FROM +NEW {2}ATTEMPTS {2}FAILED {2}SUCCESS +P50 +P95 +P99$/m);
    expect(shown).toMatch(/^\S+Z +1 +1 +0 +100 % +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms$/m);
    expect(await cli.json(...asked)).toMatchObject({ window: '1h', successful_deliveries: 1 });
    expect((await cli.run(['destinations', 'health', 'healthy', '--window', '2h'])).code).toBe(2);
  });
});
