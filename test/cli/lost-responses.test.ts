import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';
import { cli, hawser, withStack } from './stack.ts';

/** What is shown once is shown, also where the answer with it is lost on the way. */

withStack();
let between: HttpServer;
/** What becomes of the answer to the next POST of a path. */
const losing = new Map<string, 'lost' | 'never' | 'of another version'>();
/** The paths of POSTs that were answered so. */
const lost: string[] = [];
/** Called when the next of them is. */
let onLost: () => void = () => {};

beforeAll(async () => {
  between = await startHttpServer((message, reply) => {
    const { method = '', url = '', headers } = message;
    const asked = request(`${hawser.url}${url}`, { method, headers }, (answer) => {
      const how = method === 'POST' ? losing.get(url) : undefined;
      if (how !== undefined) {
        losing.delete(url);
        lost.push(url);
        onLost();
        if (how === 'lost') reply.destroy();
        if (how === 'of another version') reply.writeHead(201).end('{"id":"of another form"}');
        return;
      }
      answer.pipe(reply.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    message.pipe(asked);
  });
});
afterAll(() => between?.[Symbol.asyncDispose]());

/** What a command prints that loses the answer to a POST of this path. */
async function losingResponse(path: string, ...args: string[]): Promise<string> {
  losing.set(path, 'lost');
  const { code, stdout, stderr } = await cli.with({ HAWSER_URL: between.url }).run(args);
  expect([code, lost.pop()], stderr).toEqual([0, path]);
  return stdout;
}

const secretOf = async (id: string) => (await cli.json<{ secret: string }>('destinations', 'get', id)).secret;
const shownOf = (secret: string) => `••••${secret.slice(-4)}`;

it('rotate-secret whose response is lost rotates once and prints the secret', async () => {
  const made = await cli.json<{ id: string; secret: string }>('destinations', 'create', 'http://127.0.0.1:9000/');
  const path = `/v1/destinations/${made.id}/rotate-secret`;
  const secret = (await losingResponse(path, 'destinations', 'rotate-secret', made.id, '--yes')).trim();
  expect(secret).toMatch(/^whsec_/);
  expect(await secretOf(made.id)).toBe(shownOf(secret));
});

it.each([
  ['alone', false],
  ['with a connection', true],
])(
  'a destination created %s whose response is lost is created once, and its secret is printed',
  async (name, isConnected) => {
    const create = ['destinations', 'create', 'http://127.0.0.1:9000/', '--name', name, '--json'];
    let path = '/v1/destinations';
    if (isConnected) {
      const { id } = await cli.json('sources', 'create', 'its source');
      create.push('--source', String(id));
      path = `/v1/sources/${id}/destinations`;
    }
    const { id, secret } = JSON.parse(await losingResponse(path, ...create));
    const { destinations } = await cli.json<{ destinations: { id: string }[] }>(
      'destinations',
      'list',
      '--search',
      name,
    );
    expect(destinations).toMatchObject([{ id }]);
    expect(await secretOf(id)).toBe(shownOf(secret));
  },
);

it('a key whose response is lost is created once and printed', async () => {
  const key = (await losingResponse('/v1/api-keys', 'keys', 'create', 'once', '--scope', 'write')).trim();
  const { api_keys } = await cli.json<{ api_keys: { name: string; key: string }[] }>('keys', 'list');
  expect(api_keys.filter(({ name }) => name === 'once')).toMatchObject([{ key: shownOf(key) }]);
});

const RUN_AGAIN =
  /within 24 hours, run the same command with (--json and )?--idempotency-key ([\da-f-]{36}): it shows the secret/;

/** What makes something of a name, and by which path. */
const commands = [
  ['keys create', '/v1/api-keys', (name: string) => ['keys', 'create', name, '--scope', 'read']],
  [
    'destinations create',
    '/v1/destinations',
    (name: string) => ['destinations', 'create', 'http://127.0.0.1:9000/', '--name', name],
  ],
] as const;

async function namesOf(path: string): Promise<string[]> {
  const [, , plural = ''] = path.split('/');
  const group = plural === 'api-keys' ? 'keys' : plural;
  const listed = await cli.json<Record<string, { name: string }[] | undefined>>(group, 'list', '--limit', '100');
  return (listed[plural.replace('-', '_')] ?? []).map(({ name }) => name);
}

/** By the key that a failure has told, the same command shows what there is already. */
async function applyPlan(told: string, args: readonly string[]): Promise<string> {
  const [, , key = 'none'] = RUN_AGAIN.exec(told) ?? [];
  const { code, stdout, stderr } = await cli.run([...args, '--idempotency-key', key]);
  expect([code, told], stderr).toEqual([0, expect.stringMatching(RUN_AGAIN)]);
  return stdout;
}

it.each(commands)(
  '%s with the idempotency key of a failed run shows the secret and creates nothing',
  async (...one) => {
    const [, path, command] = one;
    const args = command('of another version');
    losing.set(path, 'of another version');
    const { code, stdout, stderr } = await cli.with({ HAWSER_URL: between.url }).run(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain("hawser: it is done, but this version cannot read Hawser's response");
    expect(await applyPlan(stderr, args)).toMatch(/hwk_|whsec_/);
    expect((await namesOf(path)).filter((name) => name === 'of another version')).toHaveLength(1);
  },
);

it('rotate-secret with the idempotency key of a failed run shows the current secret', async () => {
  const { id } = await cli.json<{ id: string }>('destinations', 'create', 'http://127.0.0.1:9000/');
  const args = ['destinations', 'rotate-secret', id, '--yes'];
  losing.set(`/v1/destinations/${id}/rotate-secret`, 'of another version');
  const { stderr } = await cli.with({ HAWSER_URL: between.url }).run(args);
  const now = await secretOf(id);
  const secret = (await applyPlan(stderr, args)).trim();
  expect([shownOf(secret), await secretOf(id)]).toEqual([now, now]);
});

/** For Node: its stdout takes nothing. What is opened next gets the number that has become free. */
const ONTO_FULL_DISK = [
  '--import',
  `data:text/javascript,import fs from 'node:fs';fs.closeSync(1);fs.openSync('/dev/full','w')`,
];

it.skipIf(!existsSync('/dev/full'))('a result that a full disk does not take can be shown again', async () => {
  const args = ['keys', 'create', 'full', '--scope', 'read'];
  for (const json of [[], ['--json']]) {
    const { code, stderr } = await cli.run([...args, ...json], { nodeArgs: ONTO_FULL_DISK });
    expect(code).toBe(1);
    const told = json.length === 0 ? stderr : JSON.parse(stderr).hint;
    expect(stderr).toContain("it is done, but the result can't be written: ENOSPC");
    expect(await applyPlan(told, args)).toMatch(/hwk_/);
  }
  expect((await namesOf('/v1/api-keys')).filter((name) => name === 'full')).toHaveLength(2);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while waiting for a response prints the idempotency key and ends the command',
  async (signal) => {
    const args = ['keys', 'create', `ended by ${signal}`, '--scope', 'read'];
    losing.set('/v1/api-keys', 'never');
    const isAsked = new Promise<void>((resolve) => {
      onLost = resolve;
    });
    const running = cli.with({ HAWSER_URL: between.url }).start(args);
    await isAsked;
    // A process that a signal has ended has no code.
    expect(await running.stop(signal)).toBeNull();
    expect(running.lines).toEqual([
      expect.stringMatching(/^It may have been done: within 24 hours, run the same command/),
    ]);
    expect(await applyPlan(running.lines.join(), args)).toMatch(/hwk_/);
    expect((await namesOf('/v1/api-keys')).filter((name) => name === `ended by ${signal}`)).toHaveLength(1);
  },
);

it.each(['', 'two words', 'schlüssel', 'x'.repeat(256)])(
  'an idempotency key that the API would refuse is refused: %j',
  async (key) => {
    const { code, stderr } = await cli.run(['keys', 'create', 'no', '--scope', 'read', `--idempotency-key=${key}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('It must be 1 to 255 visible ASCII characters.')]);
  },
);
