import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../cli/trigger/providers.ts';
import type { Cli } from '../support/cli.ts';
import { eventually, freePort, ROOT_KEY } from '../support/hawser.ts';
import { startHttpServer } from '../support/http-server.ts';
import { answer, hang, Receiver } from '../support/receiver.ts';
import { asSomebody, cli, hawser, withStack } from './stack.ts';

/** What each command does: the command line as a process, against the running stack. */

withStack();
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.stop());

const configFile = ({ configHome }: Cli) => join(configHome, 'hawser', 'config.json');
const CONNECTION = 'con_01a201474eb47ef19018b4aabea673b2';
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('hawser login', () => {
  it('login stores the key in a file that only its owner can read, and commands use it', () =>
    asSomebody(async (somebody) => {
      const { code, stdout } = await somebody.run(['login', '--url', `${hawser.url}/`], { stdin: `${ROOT_KEY}\n` });
      expect(code).toBe(0);
      expect(stdout).toBe(`Signed in to ${hawser.url}: organization default, the root key, scope admin.\n`);
      expect(await modeOf(configFile(somebody))).toBe(0o600);
      expect(await modeOf(join(somebody.configHome, 'hawser'))).toBe(0o700);
      expect(await somebody.json('whoami')).toMatchObject({ url: hawser.url, session: { scope: 'admin' } });
      expect((await somebody.run(['whoami'])).stdout).toContain('the root key');
    }));

  it('login to an unknown organization says how to list and create organizations', () =>
    asSomebody(async (somebody) => {
      const login = ['login', '--url', hawser.url, '--organization', 'nope'];
      const { code, stderr } = await somebody.run(login, { stdin: ROOT_KEY });
      expect(code).toBe(4);
      expect(stderr).toContain(`hawser organizations list --url ${hawser.url} `);
      expect(stderr).not.toContain('whoami');
    }));

  it('login stores nothing when the key is invalid', () =>
    asSomebody(async (somebody) => {
      const { code, stderr } = await somebody.run(['login', '--url', hawser.url], { stdin: 'hwk_wrong' });
      expect(code).toBe(3);
      expect(stderr).toMatch(
        /^hawser: The API key is not valid \(UNAUTHORIZED, request [\w-]+\)\n {2}the key is wrong/,
      );
      await expect(stat(configFile(somebody))).rejects.toThrow('ENOENT');
    }));

  it('login stores a key for each Hawser, and the last one is the default', () =>
    asSomebody(async (somebody) => {
      const organization = 'team-cli';
      await hawser.api('POST', '/v1/organizations', { name: organization });
      const other = hawser.url.replace('127.0.0.1', 'localhost');
      await somebody.run(['login', '--url', other], { stdin: ROOT_KEY });
      await somebody.run(['login', '--url', hawser.url, '--organization', organization], { stdin: ROOT_KEY });
      expect(await somebody.json('whoami')).toMatchObject({
        url: hawser.url,
        session: { organization_name: organization },
      });
      const elsewhere = await somebody.json('whoami', '--url', other);
      expect(elsewhere).toMatchObject({ url: other, session: { organization_name: 'default' } });
      expect((await somebody.run(['logout'])).code).toBe(0);
      expect((await somebody.run(['whoami'])).code).toBe(3);
      expect((await somebody.run(['whoami', '--url', other])).code).toBe(0);
      expect(await readFile(configFile(somebody), 'utf8')).not.toContain(hawser.url);
    }));

  it('login makes a settings file that others can read private', () =>
    asSomebody(async (somebody) => {
      await somebody.run(['login', '--url', hawser.url], { stdin: ROOT_KEY });
      await chmod(configFile(somebody), 0o644);
      const { stderr } = await somebody.run(['whoami']);
      expect(stderr).toContain('could be read by others');
      expect(await modeOf(configFile(somebody))).toBe(0o600);
    }));

  it('login fails on a broken settings file and leaves it unchanged', () =>
    asSomebody(async (somebody) => {
      await mkdir(join(somebody.configHome, 'hawser'));
      await writeFile(configFile(somebody), '{"current":', { mode: 0o600 });
      const { code, stderr } = await somebody.run(['login', '--url', hawser.url], { stdin: ROOT_KEY });
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not a file that hawser has written')]);
      expect(await readFile(configFile(somebody), 'utf8')).toBe('{"current":');
    }));
});

describe("a config folder that can't exist", () => {
  const nowhere = '/dev/null';

  it('reading from an impossible config folder counts as not signed in', async () => {
    const somebody = await cli.with({ XDG_CONFIG_HOME: nowhere, HAWSER_API_KEY: '' }).run(['whoami']);
    expect([somebody.code, somebody.stderr]).toEqual([
      3,
      `hawser: you are not signed in to ${hawser.url}\n  run hawser login --url ${hawser.url}, or set HAWSER_API_KEY\n`,
    ]);
    expect((await cli.with({ XDG_CONFIG_HOME: nowhere }).run(['whoami'])).code).toBe(0);
  });

  it('login into an impossible config folder fails with a sentence', async () => {
    const { code, stderr } = await cli.with({ XDG_CONFIG_HOME: nowhere }).run(['login'], { stdin: ROOT_KEY });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^hawser: \/dev\/null\/hawser\/config\.json can't be written: ENOTDIR.*\n {2}.*HAWSER_API_KEY.*\n$/,
      ),
    ]);
  });

  it('an unreadable settings file fails without a stack trace', () =>
    asSomebody(async (somebody) => {
      await mkdir(configFile(somebody), { recursive: true });
      const { code, stderr } = await somebody.run(['whoami']);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^hawser: .*config\.json can't be read: EISDIR.*\n {2}.*\n$/),
      ]);
    }));
});

describe('--data', () => {
  // PowerShell pipes and writes it so.
  it.each(['a file', 'stdin'])('--data from %s may begin with a byte order mark', async (from) => {
    const json = '\ufeff{"description":"Bestellungen für Müller"}';
    const file = join(cli.configHome, 'marked.json');
    await writeFile(file, json);
    const data = from === 'stdin' ? '-' : `@${file}`;
    const created = await cli.run(['sources', 'create', 'marked', '--data', data, '--json'], { stdin: json });
    expect([created.code, JSON.parse(created.stdout)]).toEqual([
      0,
      expect.objectContaining({ description: 'Bestellungen für Müller' }),
    ]);
  });
});

describe('a field given both by an argument or option and by --data', () => {
  const refused = (field: string, by: string) => [
    2,
    `hawser: ${field} is given both by ${by} and by --data, with different values\n  leave one of them out\n`,
  ];

  it.each([
    ['name', 'the argument <name>', ['sources', 'create', 'pos-name', '--data', '{"name":"data-name"}']],
    [
      'description',
      '--description',
      ['sources', 'create', 'pos-name', '--description', 'a', '--data', '{"description":null}'],
    ],
    [
      'overlap_seconds',
      '--overlap-seconds',
      ['destinations', 'rotate-secret', 'any', '--yes', '--overlap-seconds', '60', '--data', '{"overlap_seconds":0}'],
    ],
    [
      'url',
      'the argument [target-url]',
      ['destinations', 'create', 'https://a.example', '--data', '{"url":"https://b.example"}'],
    ],
    ['type', '--type', ['destinations', 'create', '--type', 'sqs', '--data', '{"type":"s3"}']],
    ['name', '--name', ['connections', 'create', 'a', 'b', '--name', 'one', '--data', '{"name":"other"}']],
    [
      'filter',
      '--filter',
      ['connections', 'update', CONNECTION, '--filter', '{"body":{}}', '--data', '{"filter":null}'],
    ],
  ])('conflicting values are refused: %s by %s', async (field, by, command) => {
    const { code, stderr } = await cli.run(command);
    expect([code, stderr]).toEqual(refused(field, by));
    expect(await cli.json('sources', 'list', '--search', '-name')).toMatchObject({ sources: [] });
  });

  it('conflicting ends of a connection are refused, also if one is a name and the other an id', async () => {
    const made = await Promise.all([
      cli.json<{ id: string }>('sources', 'create', 'from-here'),
      cli.json<{ id: string }>('sources', 'create', 'not-from-here'),
      cli.json<{ id: string }>('destinations', 'create', receiver.url, '--name', 'to-there'),
    ]);
    const [from, other, to] = made.map(({ id }) => id);
    const connect = (data: object) =>
      cli.run(['connections', 'create', 'from-here', 'to-there', '--data', JSON.stringify(data)]);
    const answer = await connect({ source_id: other });
    expect([answer.code, answer.stderr]).toEqual(refused('source_id', 'the argument <from>'));
    expect((await connect({ source_id: from, destination_id: to })).code).toBe(0);
    await cli.json('destinations', 'delete', 'to-there', '--yes');
  });

  it('equal values are accepted', async () => {
    const data = '{"name":"said-twice","description":null}';
    expect(await cli.json('sources', 'create', 'said-twice', '--data', data)).toMatchObject({ name: 'said-twice' });
    await cli.json('sources', 'delete', 'said-twice', '--yes');
  });
});

describe('text input', () => {
  const latin1 = Uint8Array.of(0x7b, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d);

  it.each([
    ['--data', ['sources', 'create', 'latin']],
    ['--filter', ['connections', 'create', 'a', 'b']],
    ['--transform', ['connections', 'create', 'a', 'b']],
  ])('text that is not UTF-8 is refused: %s', async (option, command) => {
    const { code, stderr } = await cli.run([...command, option, '-'], { stdin: latin1 });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`hawser: ${option} is not in UTF-8\n  `)]);
  });

  it('invalid JSON is refused without showing it, since it may contain a secret', async () => {
    const data = '{"verification":{"type":"stripe","secret":whsec_of_ours}}';
    const { code, stderr } = await cli.run(['sources', 'create', 'secret', '--data', data]);
    expect([code, stderr]).toEqual([2, 'hawser: --data is not JSON: line 1, column 43\n']);
  });
});

describe('the resources of the API', () => {
  interface Made {
    readonly id: string;
    readonly secret: string;
    readonly ingest_url: string;
  }
  let source: Made;
  let destination: Made;
  let eventId: string;
  beforeAll(async () => {
    source = await cli.json<Made>('sources', 'create', 'shop', '--data', '{"description":"Orders"}');
    destination = await cli.json<Made>('destinations', 'create', receiver.url, '--source', 'shop', '--name', 'backend');
    receiver.behave = answer(200, 'thanks\u001b[2J');
    const { event_id } = await cli.json<{ event_id: string }>('trigger', 'shopify', '--source', 'shop');
    eventId = event_id;
    await eventually('it is delivered', async () => (await deliveries()).some(({ event_id: of }) => of === eventId));
  });

  const deliveries = async () =>
    (await cli.json<{ deliveries: { id: string; event_id: string; status: string }[] }>('deliveries', 'list'))
      .deliveries;

  it('sources can be listed, shown, updated and deleted', async () => {
    const { stdout } = await cli.run(['sources', 'list', '--search', 'sho']);
    expect(stdout.split('\n')[0]).toMatch(/^ID {2,}NAME {2,}VERIFICATION {2,}INGEST URL$/);
    expect(stdout.split('\n')[1]).toBe(`${source.id}  shop  none          ${source.ingest_url}`);
    const listed = await cli.json('sources', 'list', '--search', 'sho');
    expect(listed).toMatchObject({
      sources: [{ id: source.id, description: 'Orders' }],
      cursor: null,
      has_more: false,
    });
    const other = await cli.json<Made>('sources', 'create', 'other');
    expect((await cli.run(['sources', 'update', other.id, '--data', '{"name":"renamed"}'])).stdout).toContain(
      'renamed',
    );
    expect(await cli.json('sources', 'get', other.id)).toMatchObject({ name: 'renamed' });
    expect((await cli.run(['sources', 'delete', other.id, '--yes'])).stdout).toBe(`${other.id} is deleted.\n`);
    expect((await cli.run(['sources', 'get', other.id])).code).toBe(4);
  });

  it('destinations can be created, which alone shows the secret, listed, shown, disabled, enabled, tested and deleted', async () => {
    expect(destination.secret).toMatch(/^whsec_/);
    expect((await cli.run(['destinations', 'get', destination.id])).stdout).not.toContain(destination.secret);
    expect((await cli.run(['destinations', 'list', '--type', 'http'])).stdout).toMatch(
      /dst_\w+ {2}backend {2}http {2}enabled/,
    );
    expect(await cli.json('destinations', 'disable', destination.id)).toMatchObject({ enabled: false });
    expect(await cli.json('destinations', 'enable', destination.id)).toMatchObject({ enabled: true });
    expect((await cli.run(['destinations', 'test', destination.id])).stdout).toContain('Attempt 1  200');
    const { id } = await cli.json<Made>('destinations', 'create', `http://127.0.0.1:${await freePort()}/`);
    const failed = await cli.run(['destinations', 'test', id]);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('CONNECTION_REFUSED')]);
    await cli.json('destinations', 'delete', id, '--yes');
    expect((await cli.run(['destinations', 'get', id])).code).toBe(4);
  });

  it('destinations get shows the circuit, and destinations reset closes it', async () => {
    const { id: sourceId } = await cli.json<Made>('sources', 'create', 'broken');
    const data = JSON.stringify({ circuit_breaker: { failure_threshold: 1 } });
    const url = `http://127.0.0.1:${await freePort()}/`;
    const { id } = await cli.json<Made>('destinations', 'create', url, '--source', sourceId, '--data', data);
    const shown = async () => (await cli.run(['destinations', 'get', id])).stdout;
    expect(await shown()).toMatch(/^circuit +closed$/m);
    await fetch(`${hawser.url}/in/${sourceId}`, { method: 'POST', body: '{}' });
    await eventually('its circuit is open', async () =>
      /^circuit +open since \S+Z, after 1 failure in a row; the next probe is due at \S+Z$/m.test(await shown()),
    );
    await fetch(`${hawser.url}/in/${sourceId}`, { method: 'POST', body: '{}' });
    const held = await eventually('the next one is held', async () => {
      const { deliveries: list } = await cli.json<{ deliveries: { id: string }[] }>(
        'deliveries',
        'list',
        '--destination',
        id,
        '--status',
        'held',
      );
      return list[0]?.id;
    });
    expect((await cli.run(['deliveries', 'get', held])).stderr).toContain(`hawser destinations get ${id} shows why`);
    const retried = await cli.run(['deliveries', 'retry', held]);
    expect([retried.code, retried.stderr]).toEqual([
      0,
      `Not sent yet: its destination holds it, and it is sent once the destination takes deliveries. hawser destinations get ${id} shows why\n`,
    ]);
    const { stdout } = await cli.run(['destinations', 'reset', id]);
    expect(stdout).toBe('The circuit is closed.\n');
    expect(await cli.json('destinations', 'reset', id)).toMatchObject({ destination_id: id, state: 'closed' });
    await cli.json('destinations', 'delete', id, '--yes');
    // What is deleted has no name any more.
    expect((await cli.run(['deliveries', 'get', held])).stdout).toMatch(new RegExp(`^destination +${id}$`, 'm'));
  });

  it('destinations get says of a half-open circuit that a probe is under way', async () => {
    const probed = await Receiver.start();
    probed.behave = answer(503);
    const { id: sourceId } = await cli.json<Made>('sources', 'create', 'probed');
    const data = JSON.stringify({ circuit_breaker: { failure_threshold: 1, cooldown_seconds: 1 } });
    const { id } = await cli.json<Made>('destinations', 'create', probed.url, '--source', sourceId, '--data', data);
    const shown = async () => (await cli.run(['destinations', 'get', id])).stdout;
    const send = () => fetch(`${hawser.url}/in/${sourceId}`, { method: 'POST', body: '{}' });
    await send();
    // Otherwise the next one would not be held, and not be the probe.
    await eventually('its circuit is open', async () => /^circuit +open since/m.test(await shown()));
    probed.behave = hang;
    await send();
    await eventually('a probe is under way', async () =>
      /^circuit +half open: open since \S+Z, after \d+ failures? in a row; a probe is under way$/m.test(await shown()),
    );
    await cli.json('destinations', 'delete', id, '--yes');
    await probed.stop();
  });

  it('events can be listed and shown, and the body is printed byte for byte', async () => {
    const { stdout } = await cli.run(['events', 'list', '--source', 'shop', '--since', '1h']);
    expect(stdout).toMatch(new RegExp(`${eventId} +shop +POST /`));
    const { stdout: none } = await cli.run(['events', 'list', '--source', 'shop', '--event-type', 'orders/create']);
    expect(none).toBe('');
    const data = JSON.stringify({ verification: { type: 'shopify', secret: 'the-secret-of-today' } });
    await cli.json('sources', 'update', source.id, '--data', data);
    const typed = await cli.run(['events', 'list', '--source', 'shop', '--event-type', 'orders/create']);
    expect(typed.stdout).toMatch(/POST \/ {2,}orders\/create {2}application\/json/);
    expect(await cli.json('events', 'list', '--until', '1h')).toMatchObject({ events: [] });
    const shown = (await cli.run(['events', 'get', eventId])).stdout;
    expect(shown).toContain('X-Shopify-Topic: orders/create');
    expect(shown).toMatch(/source +shop \(src_\w+\)/);
    expect(shown).toMatch(/dlv_\w+ {2}backend +succeeded {2}1 {9}200/);
    const { body } = await cli.json<{ body: string }>('events', 'get', eventId);
    expect((await cli.run(['events', 'get', eventId, '--body'])).stdout).toBe(body);
  });

  it.each([
    ['sources', ['--search', 'nobody has this name']],
    ['destinations', ['--type', 'kafka']],
    ['events', ['--until', '365d']],
    ['deliveries', ['--status', 'cancelled', '--until', '365d']],
    ['replays', ['--status', 'failed']],
  ])('an empty list of %s with filters does not suggest creating one', async (list, filters) => {
    const { code, stdout, stderr } = await cli.run([list, 'list', ...filters]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(new RegExp(`^No ${list} match the filters\\.`));
  });

  it('events without a type say why, and how their source would tell it', async () => {
    await cli.json('sources', 'create', 'untold');
    await cli.json('trigger', 'github', '--source', 'untold');
    const { stdout, stderr } = await cli.run(['events', 'list', '--source', 'untold', '--event-type', 'push']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^No events match the filters\. .*verification/s);
    const { stdout: help } = await cli.run(['events', 'list', '--help']);
    expect(help).toMatch(/TYPE .*provider.*verification.*hawser sources update/s);
    await cli.json(
      'sources',
      'create',
      'typed',
      '--data',
      '{"verification":{"type":"github","secret":"secret-of-today"}}',
    );
    await cli.json('trigger', 'github', '--source', 'typed', '--secret', 'secret-of-today');
    expect((await cli.run(['events', 'list', '--event-type', 'push'])).stdout).toMatch(/ typed .* push /);
    expect((await cli.run(['sources', 'get', 'untold'])).stdout).toContain('types of its events are not known');
  });

  it('events get requests only the names that it shows', async () => {
    const asked: string[] = [];
    await using between = await startHttpServer(async ({ url = '', headers: { authorization = '' } }, response) => {
      asked.push(url);
      const answer = await fetch(`${hawser.url}${url}`, { headers: { authorization } });
      response.end(await answer.text());
    });
    const { stdout } = await cli.run(['events', 'get', eventId, '--url', between.url]);
    expect(stdout).toMatch(/dlv_\w+ {2}backend /);
    expect(asked.toSorted()).toEqual([
      `/v1/destinations/${destination.id}`,
      `/v1/events/${eventId}`,
      `/v1/sources/${source.id}`,
    ]);
  });

  it('lists have no colours in a pipe', async () => {
    const { stdout } = await cli.run(['sources', 'list']);
    expect(stdout).not.toContain('\u001b');
  });

  it('a list stops at --limit, and --cursor shows the rest', async () => {
    for (const name of ['a', 'b', 'c']) await cli.json('sources', 'create', `many-${name}`);
    const first = await cli.run(['sources', 'list', '--search', 'many-', '--limit', '2']);
    expect(first.stdout.match(/many-/g)).toHaveLength(2);
    expect(first.stderr).toContain('There are more');
    const { cursor } = await cli.json<{ cursor: string }>('sources', 'list', '--search', 'many-', '--limit', '2');
    const rest = await cli.json('sources', 'list', '--search', 'many-', '--cursor', cursor);
    expect(rest).toMatchObject({ sources: [{ name: 'many-a' }], cursor: null, has_more: false });
    const ambiguousNameFailure = await cli.json<Made>('sources', 'create', 'many-a');
    const { code, stderr } = await cli.run(['events', 'list', '--source', 'many-a']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(ambiguousNameFailure.id)]);
  });

  it('a list of more than 10,000 goes on where it ended', async () => {
    const key = { id: 'key_1', name: 'one', scope: 'read', key: '', last_used_at: null, expires_at: null };
    const page = Array.from({ length: 100 }, () => ({ ...key, created_at: '2026-11-22T10:00:00Z' }));
    await using endless = await startHttpServer((_, response) =>
      response.end(JSON.stringify({ api_keys: page, cursor: 'abc-_', has_more: true })),
    );
    const list = async (limit: number) =>
      (await cli.run(['keys', 'list', '--limit', String(limit), '--url', endless.url])).stderr;
    expect(await list(3_000)).toBe('There are more: --limit 10000\n');
    expect(await list(10_000)).toBe('There are more: --cursor abc-_\n');
  });

  it('deliveries can be listed, shown with every attempt and retried, and control characters of a receiver are escaped', async () => {
    const [{ id = '' } = {}] = (await deliveries()).filter((one) => one.event_id === eventId);
    const list = await cli.run(['deliveries', 'list', '--destination', 'backend', '--status', 'succeeded']);
    expect(list.stdout).toMatch(new RegExp(`${id} {2}backend +succeeded`));
    const { stdout } = await cli.run(['deliveries', 'get', id]);
    expect(stdout).toMatch(/destination +backend \(dst_\w+\)/);
    expect(stdout).toContain('Attempt 1  200');
    expect(stdout).toContain(`> POST ${receiver.url}\n`);
    expect(stdout).toContain("> (body: the event's)\n");
    expect(stdout).toContain('> X-Shopify-Topic: orders/create');
    expect(stdout).toContain('thanks\\u001b[2J');
    expect(await cli.json('deliveries', 'retry', id)).toMatchObject({ id, status: 'pending' });
    await eventually(
      'it is sent again',
      async () => ((await cli.json('deliveries', 'get', id)).attempts as unknown[]).length === 2,
    );
    const { code, stderr } = await cli.run(['deliveries', 'cancel', id]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('CONFLICT')]);
  });

  it('replay sends again an event, a delivery, or what a destination has missed', async () => {
    const replayed = await cli.json<{ deliveries: { id: string }[] }>('replay', eventId, '--destination', 'backend');
    expect(replayed.deliveries).toHaveLength(1);
    const id = replayed.deliveries[0]?.id ?? '';
    await eventually('it has ended', async () => (await cli.json('deliveries', 'get', id)).status === 'succeeded');
    expect((await cli.run(['replay', id])).stdout).toMatch(/dlv_\w+ {2}backend +pending/);
    const missed = await cli.json('replay', destination.id, '--since', '1d', '--wait');
    expect(missed).toMatchObject({ status: 'completed', selection: { destination_id: destination.id } });
  });

  it('a replay that finds nothing says so', async () => {
    const dead = await cli.run(['replay', '--dead-letters', '--rate', '10', '--wait']);
    expect(dead.stdout).toMatch(/^rpl_\w+ is completed: there was nothing to send again\n$/);
    expect(dead.stderr).not.toContain('none');
    const begun = await cli.run(['replay', '--dead-letters']);
    expect(begun.stdout).toMatch(/^rpl_\w+ is running: 0 queued\n$/);
    const missed = await cli.run(['replay', 'backend', '--since', '1d', '--wait']);
    expect(missed.stdout).toMatch(/^rpl_\w+ is completed: there was nothing to send again\n$/);
  });

  it('a replay shows how many it has queued, and where to see what becomes of them', async () => {
    const { ingest_url } = await cli.json<Made>('sources', 'create', 'early');
    await fetch(ingest_url, { method: 'POST', body: '{}' });
    const { id } = await cli.json<Made>('destinations', 'create', receiver.url, '--source', 'early', '--name', 'later');
    const { stdout, stderr } = await cli.run(['replay', 'later', '--wait']);
    expect(stdout).toMatch(/^rpl_\w+ is completed: 1 queued\n$/);
    expect(stderr).toContain(`\nSee what becomes of them: hawser deliveries list --destination ${id}\n`);
  });

  it('replay --wait says how to find the replay, shows its progress, and exits with 1 if it is cancelled', async () => {
    const { ingest_url } = await cli.json<Made>('sources', 'create', 'busy');
    // A minute's work, at one a second: they are missing at a destination that is connected after them.
    await Promise.all(Array.from({ length: 60 }, () => fetch(ingest_url, { method: 'POST', body: '{}' })));
    await cli.json('destinations', 'create', receiver.url, '--source', 'busy', '--name', 'late');
    const replay = cli.start(['replay', 'late', '--rate', '1', '--wait']);
    const programs = cli.start(['replay', 'late', '--rate', '1', '--wait', '--json']);
    const id = await replay.until((line) => line.startsWith('rpl_'));
    expect(await replay.until((line) => line.includes(`hawser replays cancel ${id}`))).toContain(
      `hawser replays get ${id} --wait`,
    );
    expect(await replay.until((line) => line.startsWith(`${id} is running: `))).toMatch(/: \d+ queued$/);
    const { id: other, status } = JSON.parse(await programs.until((line) => line.startsWith('{"id":"rpl_')));
    expect(status).toBe('running');
    const { stdout: running } = await cli.run(['replays', 'list', '--status', 'running']);
    for (const one of [id, other]) expect(running).toContain(one);
    expect((await cli.run(['replays', 'cancel', id])).stdout).toMatch(`${id} is cancelled: `);
    expect((await cli.run(['replays', 'cancel', other, '--json'])).code).toBe(0);
    expect(await replay.ended).toBe(1);
    expect(replay.lines).toContain('hawser: the replay was cancelled');
    expect(await programs.ended).toBe(1);
    const told = programs.lines.find((line) => line.startsWith('{"error"'));
    expect(JSON.parse(told ?? '')).toMatchObject({ error: 'the replay was cancelled' });
    expect(await cli.json('replays', 'get', id)).toMatchObject({ id, status: 'cancelled' });
    const again = await cli.run(['replays', 'get', id, '--wait']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/^hawser: the replay was cancelled\n$/m)]);
  });

  it('keys create prints the key alone, list does not show it, and delete revokes it', async () => {
    const { stdout } = await cli.run(['keys', 'create', 'laptop', '--scope', 'write']);
    expect(stdout).toMatch(/^hwk_[\w-]{43}\n$/);
    const laptop = cli.with({ HAWSER_API_KEY: stdout.trim() });
    expect((await laptop.run(['sources', 'list'])).code).toBe(0);
    const { api_keys } = await cli.json<{ api_keys: { id: string; name: string; key: string }[] }>('keys', 'list');
    const [{ id = '', key = '' } = {}] = api_keys.filter(({ name }) => name === 'laptop');
    expect(key).toBe(`••••${stdout.trim().slice(-4)}`);
    expect((await cli.run(['keys', 'list'])).stdout).toContain('laptop');
    await cli.json('keys', 'delete', id, '--yes');
    expect((await laptop.run(['sources', 'list'])).code).toBe(3);
  });
});

describe('hawser organizations', () => {
  it('organizations are created and listed with the root key, and --organization selects one by name', async () => {
    const made = await cli.run(['organizations', 'create', 'team-blue']);
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('--organization team-blue')]);
    const [, id = ''] = /^id +(org_\w{32})$/m.exec(made.stdout) ?? [];
    expect((await cli.run(['organizations', 'list'])).stdout).toMatch(new RegExp(`^${id} {2}team-blue {2}`, 'm'));
    const listed = await cli.json('organizations', 'list', '--limit', '1');
    expect(listed).toMatchObject({ organizations: [{ id, name: 'team-blue' }], has_more: true });
    expect(await cli.json('sources', 'list', '--organization', 'team-blue')).toMatchObject({ sources: [] });
    expect((await cli.run(['organizations', 'create', 'team-blue'])).code).toBe(1);
    expect((await cli.run(['organizations', 'create', ' '])).code).toBe(2);
    const { stdout: key } = await cli.run(['keys', 'create', 'admin of one', '--scope', 'admin']);
    expect((await cli.with({ HAWSER_API_KEY: key.trim() }).run(['organizations', 'list'])).code).toBe(3);
  });
});

describe('hawser trigger', () => {
  it('trigger also accepts the name used in verification', async () => {
    await cli.json('sources', 'create', 'underscored');
    const sent = await cli.run(['trigger', 'standard_webhooks', '--source', 'underscored']);
    expect(sent.stdout).toMatch(/^evt_\w+ \(standard-webhooks /);
  });

  it.each(providers)('a source that verifies accepts a $name sample', async ({ name, verification }) => {
    const secret = 'the-secret-of-today';
    await cli.json(
      'sources',
      'create',
      `of-${name}`,
      '--data',
      JSON.stringify({ verification: { type: verification, secret } }),
    );
    const trigger = ['trigger', name, '--source', `of-${name}`, '--json'];
    const { code, stdout } = await cli.with({ HAWSER_WEBHOOK_SECRET: secret }).run(trigger);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ signed: true, duplicate: false })]);
    const wrong = await cli.run([...trigger, '--secret', 'the-secret-of-nobody']);
    expect([wrong.code, JSON.parse(wrong.stderr)]).toEqual([1, expect.objectContaining({ status: 401 })]);
  });

  it('trigger sends the headers of the provider and the connection alone, none that Node adds as browsers do', async () => {
    await cli.json('sources', 'create', 'headers');
    const { event_id } = await cli.json('trigger', 'standard-webhooks', '--source', 'headers');
    const { headers } = await cli.json<{ headers: object }>('events', 'get', String(event_id));
    const ofNoGateway = Object.keys(headers).filter((name) => !/^x-(amzn|forwarded)-/i.test(name));
    expect(ofNoGateway.toSorted()).toEqual(['Content-Type', 'Host']);
  });

  it('trigger says why a source cannot be reached', async () => {
    const id = 'src_01a201474eb47ef19018b4aabea673b2';
    const ingest_url = `http://127.0.0.1:${await freePort()}/in`;
    await using api = await startHttpServer((_, response) => {
      response.end(JSON.stringify({ id, name: 'gone', ingest_url, verification: null }));
    });
    const { code, stderr } = await cli.run(['trigger', 'github', '--source', id, '--url', api.url]);
    expect([code, stderr]).toEqual([5, expect.stringContaining("can't be reached: connect ECONNREFUSED")]);
  });

  it.each(['a file', 'stdin'])('trigger sends and signs bytes from %s unchanged', async (from) => {
    const verification = { type: 'github', secret: 'the-secret-of-today' };
    const name = `bytes of ${from}`;
    await cli.json('sources', 'create', name, '--data', JSON.stringify({ verification }));
    const bytes = Uint8Array.of(0xff, 0x00, 0x80, 0x0a);
    const file = join(cli.configHome, 'bytes');
    await writeFile(file, bytes);
    const body = from === 'stdin' ? '-' : `@${file}`;
    const trigger = ['trigger', 'github', '--source', name, '--secret', verification.secret, '--body', body, '--json'];
    const { stdout } = await cli.run(trigger, { stdin: from === 'stdin' ? bytes : '' });
    expect(await cli.json('events', 'get', JSON.parse(stdout).event_id)).toMatchObject({
      body: Buffer.from(bytes).toString('base64'),
      body_encoding: 'base64',
    });
  });

  it.each([
    ['an event that no header carries', ['--event', 'ü€', '--body', '{}']],
    ['an event without a name', ['--event', '', '--body', '{}']],
    ['secret and body from one stdin', ['--secret', '-', '--body', '-']],
  ])('trigger refuses %s and sends nothing', async (_, options) => {
    const { code, stdout, stderr } = await cli.run(['trigger', 'github', '--source', 'x', ...options], { stdin: 'x' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hawser: .*\n {2}.*\n$/);
  });

  it('trigger sends an empty body for any event', async () => {
    await cli.json('sources', 'create', 'empty');
    for (const event of [[], ['--event', 'release']]) {
      const { event_id } = await cli.json('trigger', 'github', '--source', 'empty', '--body', '', ...event);
      expect(await cli.json('events', 'get', String(event_id))).toMatchObject({ body: '', body_bytes: 0 });
    }
  });

  it('trigger signs a given body, and without a secret sends only to a source that does not verify', async () => {
    const verification = { type: 'github', secret: 'the-secret-of-today' };
    await cli.json('sources', 'create', 'strict', '--data', JSON.stringify({ verification }));
    const trigger = ['trigger', 'github', '--source', 'strict', '--event', 'release', '--body'];
    const made = await cli.json(...trigger, '{"a":1}', '--secret', verification.secret);
    expect(await cli.json('events', 'get', String(made.event_id))).toMatchObject({
      body: '{"a":1}',
      headers: { 'X-GitHub-Event': 'release' },
    });
    const { code, stderr } = await cli.run([...trigger, '{"a":1}']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('HAWSER_WEBHOOK_SECRET')]);
    const other = await cli.run(['trigger', 'stripe', '--source', 'strict']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('verified as github, and stripe is not')]);
  });
});

describe('a source or a destination', () => {
  it('every command accepts an id or a name', async () => {
    const source = await cli.json('sources', 'create', 'named source');
    const destination = await cli.json('destinations', 'create', receiver.url, '--name', 'named destination');
    expect(await cli.json('sources', 'get', 'named source')).toMatchObject({ id: source.id });
    expect(await cli.json('sources', 'update', 'named source', '--data', '{"description":"x"}')).toMatchObject({
      id: source.id,
      description: 'x',
    });
    expect(await cli.json('destinations', 'get', 'named destination')).toMatchObject({ id: destination.id });
    expect(await cli.json('destinations', 'disable', 'named destination')).toMatchObject({ enabled: false });
    expect(await cli.json('destinations', 'enable', String(destination.id))).toMatchObject({ enabled: true });
    expect((await cli.run(['destinations', 'test', 'named destination'])).code).toBe(0);
    expect((await cli.run(['sources', 'delete', 'named source', '--yes'])).code).toBe(0);
    const missing = await cli.run(['sources', 'get', 'named source']);
    expect([missing.code, missing.stderr.split('\n')[0]]).toEqual([
      4,
      'hawser: there is no source with the name named source',
    ]);
  });

  it('a name is found despite the surrounding whitespace that creation trims', async () => {
    const { id } = await cli.json('sources', 'create', 'pad ');
    expect(await cli.json('sources', 'get', 'pad ')).toMatchObject({ id, name: 'pad' });
    expect(await cli.json('events', 'list', '--source', '\tpad')).toMatchObject({ events: [] });
    expect((await cli.run(['sources', 'get', ' nobody '])).stderr).toContain('with the name nobody\n');
  });

  it('a name with a direction mark is found as it is shown', async () => {
    const { id } = await cli.json('sources', 'create', 'חנות!\u200f');
    const { stdout } = await cli.run(['sources', 'get', String(id)]);
    const [, shown = ''] = /^name +(.+)$/m.exec(stdout) ?? [];
    expect(await cli.json('sources', 'get', shown)).toMatchObject({ id });
  });

  it('a name may look like an id, and an unknown id is not found', async () => {
    const { id } = await cli.json('sources', 'create', 'src_of-the-shop');
    expect(await cli.json('sources', 'get', 'src_of-the-shop')).toMatchObject({ id });
    for (const args of [
      ['destinations', 'get', 'dst_1'],
      ['destinations', 'test', 'nobody'],
      ['replay', 'nobody'],
      ['destinations', 'get', 'x'.repeat(300)],
    ]) {
      const { code, stderr } = await cli.run(args);
      expect([code, stderr]).toEqual([4, expect.stringContaining('\n  hawser destinations list shows them all')]);
    }
  });

  it('replay accepts the name of a destination', async () => {
    const { id } = await cli.json('destinations', 'create', receiver.url, '--name', 'named and missed');
    expect(await cli.json('replay', 'named and missed')).toMatchObject({ selection: { destination_id: id } });
  });

  it('an ambiguous name is refused with the ids, and nothing is done', async () => {
    const create = () => cli.json('destinations', 'create', receiver.url, '--name', 'twins');
    const ids = [(await create()).id, (await create()).id].map(String);
    const { code, stderr } = await cli.run(['destinations', 'delete', 'twins', '--yes']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('2 destinations have the name twins\n  give its id')]);
    for (const id of ids) {
      expect(stderr).toContain(id);
      expect(await cli.json('destinations', 'get', id)).toMatchObject({ archived_at: null });
    }
  });

  it('a deletion by name is reported by that name', async () => {
    await cli.json('destinations', 'create', receiver.url, '--name', 'Müller & Söhne');
    expect((await cli.run(['destinations', 'delete', 'Müller & Söhne', '--yes'])).stdout).toBe(
      'Müller & Söhne is deleted.\n',
    );
  });
});
