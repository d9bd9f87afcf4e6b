import { beforeAll, describe, expect, it } from 'vitest';
import { AS_OLDER_NODE, TELLING_MODULES } from '../support/cli.ts';
import { freePort } from '../support/hawser.ts';
import { startHttpServer } from '../support/http-server.ts';
import { asSomebody, cli, hawser, withStack } from './stack.ts';

/** How a command line is read, and how it ends where it fails. */

withStack();

describe('a command that fails says why, what to do, and ends with a code of its own', () => {
  it('3: nobody has signed in', () =>
    asSomebody(async (somebody) => {
      expect(await somebody.run(['events', 'list'])).toEqual({
        code: 3,
        stdout: '',
        stderr:
          'hawser: you are not signed in\n  run hawser login --url https://…, or set HAWSER_URL and HAWSER_API_KEY\n',
      });
    }));

  it('3: the key is wrong, or does not go so far', async () => {
    const { code, stderr } = await cli.with({ HAWSER_API_KEY: 'wrong' }).run(['sources', 'list']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('hawser login')]);
    const { stdout: key } = await cli.run(['keys', 'create', 'reader', '--scope', 'read']);
    const reader = cli.with({ HAWSER_API_KEY: key.trim() });
    expect((await reader.run(['sources', 'list'])).code).toBe(0);
    const refused = await reader.run(['sources', 'create', 'x']);
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining("The key's scope is read; this needs write"),
    ]);
  });

  it('5: nothing is there, or something else', async () => {
    const unused = `http://127.0.0.1:${await freePort()}`;
    const nobody = await cli.run(['sources', 'list', '--url', unused]);
    expect([nobody.code, nobody.stderr]).toEqual([
      5,
      expect.stringMatching(`^hawser: ${unused} can't be reached: .*ECONNREFUSED`),
    ]);
    const secure = await cli.run(['sources', 'list', '--url', hawser.url.replace('http:', 'https:')]);
    expect([secure.code, secure.stderr.split('\n')[0]]).toEqual([
      5,
      expect.stringMatching(/ can't be reached: ERR_SSL_\w+$/),
    ]);
    await using other = await startHttpServer((_, response) => response.end('<html>'));
    const { code, stderr } = await cli.run(['sources', 'list', '--url', other.url]);
    expect([code, stderr]).toEqual([5, expect.stringContaining(`${other.url} answered 200, but not as Hawser does`)]);
  });

  it.each(['whoami', 'listen --source x --to 3000'])(
    '5: what refuses is no Hawser, be its answer JSON: %s',
    async (typed) => {
      // The AWS port refuses a request that is not signed.
      const { code, stderr } = await cli.run([...typed.split(' '), '--url', hawser.awsUrl]);
      expect([code, stderr]).toEqual([
        5,
        `hawser: ${hawser.awsUrl} answered 403, but not as Hawser does\n` +
          '  is it the URL of your deployment? The stack has it in its output ApiUrl\n',
      ]);
    },
  );

  it('5: API Gateway answers in place of Hawser', async () => {
    const unavailable = '{"message":"Service Unavailable"}';
    await using gateway = await startHttpServer((_, response) => response.writeHead(503).end(unavailable));
    const { code, stderr } = await cli.run(['whoami', '--url', gateway.url, '--json']);
    expect([code, JSON.parse(stderr)]).toEqual([5, expect.objectContaining({ status: 503, code: null })]);
  });

  it('1: the API answers what this version does not know', async () => {
    const page = '{"sources":[{"id":1}],"cursor":null,"has_more":false}';
    await using newer = await startHttpServer((_, response) => response.end(page));
    const list = ['sources', 'list', '--url', newer.url];
    const { code, stderr } = await cli.run(list);
    const json = await cli.run([...list, '--json']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not one that this command line knows: id:')]);
    expect([json.code, JSON.parse(json.stdout).sources]).toEqual([0, [{ id: 1 }]]);
  });

  it('4: what is asked for is not there', async () => {
    const { code, stderr } = await cli.run(['events', 'get', 'evt_01a201474fdd7e078ffdd0b2d2094ffe']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('RESOURCE_NOT_FOUND')]);
    const named = await cli.run(['events', 'list', '--source', 'nobody-has-this-name']);
    expect([named.code, named.stderr]).toEqual([4, expect.stringContaining('hawser sources list')]);
  });

  it('1: the API refuses, with each problem', async () => {
    const { id } = await cli.json('sources', 'create', 'named');
    const { code, stderr } = await cli.run(['sources', 'update', String(id), '--data', '{"name":"","colour":"red"}']);
    expect(code).toBe(1);
    expect(stderr).toContain('name must not be empty');
    expect(stderr).toContain('colour is not a known field');
  });

  it('1: the API refuses the request as a whole, for which there is no field', async () => {
    const { id } = await cli.json('sources', 'create', 'unchanged');
    const update = async (data: string) => (await cli.run(['sources', 'update', String(id), '--data', data])).stderr;
    expect(await update('{}')).toMatch(/^hawser: the request must have at least one field to change \(/);
    expect(await update('{"nope":1}')).toMatch(/^hawser: nope is not a known field \(/);
  });

  it.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['events', 'list', '--nonsense']],
    ['an argument too many', ['sources', 'get', 'src_1', 'src_2']],
    ['an argument that is missing', ['sources', 'get']],
    ['a number that is none', ['events', 'list', '--limit', 'many']],
    ['a time that is none', ['events', 'list', '--since', 'yesterday']],
    ['a time whose unit was forgotten', ['replay', 'backend', '--since', '5']],
    ['a time to come that is a number', ['keys', 'create', 'x', '--scope', 'read', '--expires-at', '12']],
    ['a value that begins like an option', ['sources', 'list', '--search', '--json']],
    ['a value that is an option, before the command', ['--url', '--json', 'sources', 'list']],
    [
      'a body, byte for byte and in JSON',
      ['events', 'get', 'evt_01a201474fdd7e078ffdd0b2d2094ffe', '--body', '--json'],
    ],
    ['an id of another kind where a source is meant', ['sources', 'get', 'dst_01a201474e377636aae23f36d2094ffe']],
    ['an id of another kind in an option', ['events', 'list', '--source', 'con_01a201474e377636aae23f36d2094ffe']],
    ['an id of a replay where it could be sent', ['replay', 'rpl_01a201474e377636aae23f36d2094ffe']],
    ['an id of a key where it could be sent', ['replay', 'key_01a201474e377636aae23f36d2094ffe']],
    ['an empty name of a new source', ['sources', 'create', '']],
    ['a blank name of a new source', ['sources', 'create', ' ']],
    ['an empty name of a new key', ['keys', 'create', '', '--scope', 'read']],
    ['an empty name of a new destination', ['destinations', 'create', 'https://a.example', '--name', '']],
    ['an empty URL of a new destination', ['destinations', 'create', '']],
    ['an end before the beginning', ['deliveries', 'list', '--since', '1h', '--until', '2h']],
    [
      'a moment of the past where one to come is meant',
      ['keys', 'create', 'x', '--scope', 'read', '--expires-at', '7d'],
    ],
    ['a state that there is not', ['deliveries', 'list', '--status', 'lost']],
    ['a URL that is none', ['sources', 'list', '--url', 'ftp://example.com']],
    ['data that is no JSON', ['sources', 'create', 'x', '--data', '{']],
    ['data that is no object', ['sources', 'create', 'x', '--data', '[]']],
    ['data of a file that is not there', ['sources', 'create', 'x', '--data', '@/nowhere/at/all']],
    ['an id of nothing that can be sent', ['replay', 'src_1']],
    ['one destination, and dead letters of all', ['replay', 'backend', '--dead-letters']],
    ['an id that is none', ['deliveries', 'get', 'nonsense']],
    ['an id that is cut off', ['events', 'get', 'evt_01a201474fdd7e07']],
    ['an id of something else', ['keys', 'delete', 'src_01a201474e377636aae23f36d2094ffe', '--yes']],
    ['an id in an option that is none', ['deliveries', 'list', '--event', 'nonsense']],
    ['an id of an event that is none', ['replay', 'evt_1']],
    ['an id of a delivery that is none', ['replay', 'dlv_1']],
    ['an id of a replay that is none', ['replays', 'get', 'nonsense']],
    ['an empty name', ['sources', 'get', '']],
    ['nothing to send again', ['replay']],
    ['waiting for one event', ['replay', 'evt_01a201474fdd7e078ffdd0b2d2094ffe', '--wait']],
    ['a destination of a destination', ['replay', 'backend', '--destination', 'other']],
    ['a deletion that nobody confirms', ['sources', 'delete', 'src_1']],
    ['listening by an empty name', ['listen', '--source', 'x', '--to', '3000', '--name', '']],
    ['listening without a target', ['listen', '--source', 'x']],
    ['a provider that is not known', ['trigger', 'nobody', '--source', 'x']],
    ['a shell that is not known', ['completion', 'fish']],
  ])('2: %s', async (_, args) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toBe('');
  });

  it('in JSON, with --json', async () => {
    const { code, stdout, stderr } = await cli.run([
      'sources',
      'get',
      'src_01a201474e377636aae23f36d2094ffe',
      '--json',
    ]);
    expect([code, stdout]).toEqual([4, '']);
    expect(JSON.parse(stderr)).toEqual({
      error: expect.any(String),
      code: 'RESOURCE_NOT_FOUND',
      status: 404,
      request_id: expect.any(String),
      details: null,
      hint: expect.any(String),
    });
  });

  it('in JSON with each problem that the API names, and no line breaks in what it says', async () => {
    const data = '{"colour":"red","response":{"status":99}}';
    const { stderr } = await cli.run(['--json', 'sources', 'create', 'x', '--data', data]);
    expect(stderr).toMatch(/^\{.*\}\n$/);
    const { error, details } = JSON.parse(stderr);
    expect(details).toContainEqual({ path: 'colour', problem: 'is not a known field' });
    expect(details.length).toBeGreaterThan(1);
    expect(error).toBe(`${details[0].path} ${details[0].problem} (and ${details.length - 1} more, see details)`);
  });

  it('in JSON also when it is typed wrongly', async () => {
    const { code, stdout, stderr } = await cli.run(['events', 'list', '--limit', 'many', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: expect.stringContaining('whole number'), code: null });
  });

  it('also where its Node is too old: the one that npm ci brings runs it', async () => {
    const { code, stdout } = await cli.run(['whoami', '--json'], { nodeArgs: AS_OLDER_NODE });
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ url: hawser.url })]);
    expect((await cli.run(['nonsense'], { nodeArgs: AS_OLDER_NODE })).code).toBe(2);
  });
});

describe('options that every command has', () => {
  const nobody = { HAWSER_URL: 'http://127.0.0.1:1' };
  const team = 'team-before';
  beforeAll(async () => {
    await hawser.api('POST', '/v1/organizations', { name: team });
  });

  it.each([
    ['before it', ['--json', '--url', '<url>', '--organization', team, 'sources', 'list']],
    ['with =', ['--json', '--url=<url>', `--organization=${team}`, 'sources', 'list']],
    ['between group and command', ['--url', '<url>', 'sources', '--json', '--organization', team, 'list']],
    ['behind it', ['sources', 'list', '--organization', team, '--url', '<url>', '--json']],
    ['twice: the last one counts', ['--organization', 'nope', 'sources', 'list', '--organization', team, '--json']],
  ])('may stand %s', async (_, args) => {
    const stranger = args.some((one) => one.includes('<url>')) ? cli.with(nobody) : cli;
    const { code, stdout } = await stranger.run(args.map((one) => one.replace('<url>', hawser.url)));
    expect([code, JSON.parse(stdout)]).toEqual([0, { sources: [], cursor: null, has_more: false }]);
  });

  it('are told from a value that looks like them, which is given with =', async () => {
    const { code, stderr } = await cli.run(['sources', 'list', '--search', '--json']);
    expect([code, JSON.parse(stderr)]).toEqual([
      2,
      expect.objectContaining({
        error: "option '--search <text>' argument missing",
        hint: 'a value that begins with -- is given as --search=--json',
      }),
    ]);
    const { stdout } = await cli.run(['sources', 'list', '--search=--json', '--json']);
    expect(JSON.parse(stdout)).toEqual({ sources: [], cursor: null, has_more: false });
    expect((await cli.run(['sources', 'create', '--description=--json', '--', '--json'])).code).toBe(0);
    expect(await cli.json('sources', 'list', '--search=--json')).toMatchObject({ sources: [{ name: '--json' }] });
  });

  it('are told from a question for help, which is answered', async () => {
    const { code, stderr } = await cli.run(['listen', '--source', '--help']);
    expect([code, stderr]).toEqual([
      2,
      "hawser: option '--source <id-or-name>' argument missing\n" +
        '  hawser listen --help shows what there is; a value that begins with -- is given as --source=--help\n',
    ]);
  });

  it('are found by a mistake, wherever they stand', async () => {
    const { code, stderr } = await cli.run(['--json', '--url', hawser.url, 'events', 'list', '--limit', 'many']);
    expect([code, JSON.parse(stderr)]).toEqual([
      2,
      expect.objectContaining({ hint: 'hawser events list --help shows what there is' }),
    ]);
  });

  it.each([
    [['--limit', '3', 'events', 'list'], '--limit', 'hawser events list'],
    [['--limit=3', 'events', 'list'], '--limit', 'hawser events list'],
    [['events', '--limit', '3', 'list'], '--limit', 'hawser events list'],
    [['--source', 'shop', 'listen', '--to', '3000'], '--source', 'hawser listen'],
    [['--search', 'sources', 'sources', 'list'], '--search', 'hawser sources list'],
    [['--source', 'events', 'listen', '--to', '3000'], '--source', 'hawser listen'],
  ])('and no others: %j is told where it goes', async (args, option, command) => {
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`\n  ${option} goes behind the command: ${command} ${option}`);
  });
});

describe('a start of hawser', () => {
  const loads = async (...args: string[]) => {
    const { stderr } = await cli.run(args, { nodeArgs: TELLING_MODULES });
    expect(stderr).toContain('/commander/');
    return stderr.includes('/string-width/');
  };

  it('loads what measures CJK and emoji only where some are in a table', async () => {
    await cli.json('sources', 'create', '注文');
    expect(await loads('--version')).toBe(false);
    expect(await loads('sources', 'list', '--json')).toBe(false);
    expect(await loads('sources', 'list')).toBe(true);
  });
});
