import { beforeAll, describe, expect, it } from 'vitest';
import { AS_OLDER_NODE, TELLING_MODULES } from '../support/cli.ts';
import { freePort } from '../support/hawser.ts';
import { startHttpServer } from '../support/http-server.ts';
import { asSomebody, cli, hawser, withStack } from './stack.ts';

/** How a command line is read, and how it ends where it fails. */

withStack();

describe('a command that fails', () => {
  it('the exit code is 3 when nobody is signed in', () =>
    asSomebody(async (somebody) => {
      expect(await somebody.run(['events', 'list'])).toEqual({
        code: 3,
        stdout: '',
        stderr:
          'hawser: you are not signed in\n  run hawser login --url https://…, or set HAWSER_URL and HAWSER_API_KEY\n',
      });
    }));

  it('the exit code is 3 when the key is invalid or its scope too narrow', async () => {
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

  it("the exit code is 5 when Hawser can't be reached or another server answers", async () => {
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
    'the exit code is 5 when another server refuses, even in JSON: %s',
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

  it('the exit code is 5 when API Gateway answers in place of Hawser', async () => {
    const unavailable = '{"message":"Service Unavailable"}';
    await using gateway = await startHttpServer((_, response) => response.writeHead(503).end(unavailable));
    const { code, stderr } = await cli.run(['whoami', '--url', gateway.url, '--json']);
    expect([code, JSON.parse(stderr)]).toEqual([5, expect.objectContaining({ status: 503, code: null })]);
  });

  it("the exit code is 1 when this version can't read the response, which --json still prints", async () => {
    const page = '{"sources":[{"id":1}],"cursor":null,"has_more":false}';
    await using newer = await startHttpServer((_, response) => response.end(page));
    const list = ['sources', 'list', '--url', newer.url];
    const { code, stderr } = await cli.run(list);
    const json = await cli.run([...list, '--json']);
    expect([code, stderr]).toEqual([1, expect.stringContaining("cannot read Hawser's response: id:")]);
    expect([json.code, JSON.parse(json.stdout).sources]).toEqual([0, [{ id: 1 }]]);
  });

  it('the exit code is 4 when the resource does not exist', async () => {
    const { code, stderr } = await cli.run(['events', 'get', 'evt_01a201474fdd7e078ffdd0b2d2094ffe']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('RESOURCE_NOT_FOUND')]);
    const named = await cli.run(['events', 'list', '--source', 'nobody-has-this-name']);
    expect([named.code, named.stderr]).toEqual([4, expect.stringContaining('hawser sources list')]);
  });

  it('the exit code is 1 when the API refuses, and each problem is listed', async () => {
    const { id } = await cli.json('sources', 'create', 'named');
    const { code, stderr } = await cli.run(['sources', 'update', String(id), '--data', '{"name":"","colour":"red"}']);
    expect(code).toBe(1);
    expect(stderr).toContain('name must not be empty');
    expect(stderr).toContain('colour is not a known field');
  });

  it('a refusal of the request as a whole is shown without a field', async () => {
    const { id } = await cli.json('sources', 'create', 'unchanged');
    const update = async (data: string) => (await cli.run(['sources', 'update', String(id), '--data', data])).stderr;
    expect(await update('{}')).toMatch(/^hawser: the request must have at least one field to change \(/);
    expect(await update('{"nope":1}')).toMatch(/^hawser: nope is not a known field \(/);
  });

  it.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['events', 'list', '--nonsense']],
    ['an argument too many', ['sources', 'get', 'src_1', 'src_2']],
    ['a missing argument', ['sources', 'get']],
    ['an invalid number', ['events', 'list', '--limit', 'many']],
    ['an invalid time', ['events', 'list', '--since', 'yesterday']],
    ['a time whose unit was forgotten', ['replay', 'backend', '--since', '5']],
    ['a bare number as an expiry', ['keys', 'create', 'x', '--scope', 'read', '--expires-at', '12']],
    ['a value that begins like an option', ['sources', 'list', '--search', '--json']],
    ['a value that is an option, before the command', ['--url', '--json', 'sources', 'list']],
    ['--body together with --json', ['events', 'get', 'evt_01a201474fdd7e078ffdd0b2d2094ffe', '--body', '--json']],
    ['an id of another kind for a source', ['sources', 'get', 'dst_01a201474e377636aae23f36d2094ffe']],
    ['an id of another kind in an option', ['events', 'list', '--source', 'con_01a201474e377636aae23f36d2094ffe']],
    ['an id of a replay to send again', ['replay', 'rpl_01a201474e377636aae23f36d2094ffe']],
    ['an id of a key to send again', ['replay', 'key_01a201474e377636aae23f36d2094ffe']],
    ['an empty name of a new source', ['sources', 'create', '']],
    ['a blank name of a new source', ['sources', 'create', ' ']],
    ['an empty name of a new key', ['keys', 'create', '', '--scope', 'read']],
    ['an empty name of a new destination', ['destinations', 'create', 'https://a.example', '--name', '']],
    ['an empty URL of a new destination', ['destinations', 'create', '']],
    ['an end before its beginning', ['deliveries', 'list', '--since', '1h', '--until', '2h']],
    ['a duration as an expiry', ['keys', 'create', 'x', '--scope', 'read', '--expires-at', '7d']],
    ['an unknown status', ['deliveries', 'list', '--status', 'lost']],
    ['a URL that is not HTTP', ['sources', 'list', '--url', 'ftp://example.com']],
    ['data that is not JSON', ['sources', 'create', 'x', '--data', '{']],
    ['data that is not an object', ['sources', 'create', 'x', '--data', '[]']],
    ['data from a missing file', ['sources', 'create', 'x', '--data', '@/nowhere/at/all']],
    ['an id of a source to send again', ['replay', 'src_1']],
    ['a destination together with --dead-letters', ['replay', 'backend', '--dead-letters']],
    ['an invalid id', ['deliveries', 'get', 'nonsense']],
    ['a truncated id', ['events', 'get', 'evt_01a201474fdd7e07']],
    ['an id of something else', ['keys', 'delete', 'src_01a201474e377636aae23f36d2094ffe', '--yes']],
    ['an invalid id in an option', ['deliveries', 'list', '--event', 'nonsense']],
    ['an invalid id of an event', ['replay', 'evt_1']],
    ['an invalid id of a delivery', ['replay', 'dlv_1']],
    ['an invalid id of a replay', ['replays', 'get', 'nonsense']],
    ['an empty name', ['sources', 'get', '']],
    ['nothing to send again', ['replay']],
    ['waiting for one event', ['replay', 'evt_01a201474fdd7e078ffdd0b2d2094ffe', '--wait']],
    ['a destination of a destination', ['replay', 'backend', '--destination', 'other']],
    ['an unconfirmed deletion', ['sources', 'delete', 'src_1']],
    ['listening with an empty name', ['listen', '--source', 'x', '--to', '3000', '--name', '']],
    ['listening without a target', ['listen', '--source', 'x']],
    ['an unknown provider', ['trigger', 'nobody', '--source', 'x']],
    ['an unknown shell', ['completion', 'fish']],
  ])('the exit code is 2 for %s', async (_, args) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('    at ');
    expect(stderr).not.toBe('');
  });

  it('with --json the failure is a JSON document', async () => {
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

  it('with --json each problem of the API is listed, and the message has no line breaks', async () => {
    const data = '{"colour":"red","response":{"status":99}}';
    const { stderr } = await cli.run(['--json', 'sources', 'create', 'x', '--data', data]);
    expect(stderr).toMatch(/^\{.*\}\n$/);
    const { error, details } = JSON.parse(stderr);
    expect(details).toContainEqual({ path: 'colour', problem: 'is not a known field' });
    expect(details.length).toBeGreaterThan(1);
    expect(error).toBe(`${details[0].path} ${details[0].problem} (and ${details.length - 1} more, see details)`);
  });

  it('with --json a usage error is a JSON document too', async () => {
    const { code, stdout, stderr } = await cli.run(['events', 'list', '--limit', 'many', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: expect.stringContaining('whole number'), code: null });
  });

  it('an older Node runs the command by the Node that npm ci installed, with the same exit codes', async () => {
    const { code, stdout } = await cli.run(['whoami', '--json'], { nodeArgs: AS_OLDER_NODE });
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ url: hawser.url })]);
    expect((await cli.run(['nonsense'], { nodeArgs: AS_OLDER_NODE })).code).toBe(2);
  });
});

describe('options of every command', () => {
  const nobody = { HAWSER_URL: 'http://127.0.0.1:1' };
  const team = 'team-before';
  beforeAll(async () => {
    await hawser.api('POST', '/v1/organizations', { name: team });
  });

  it.each([
    ['before the command', ['--json', '--url', '<url>', '--organization', team, 'sources', 'list']],
    ['with =', ['--json', '--url=<url>', `--organization=${team}`, 'sources', 'list']],
    ['between group and command', ['--url', '<url>', 'sources', '--json', '--organization', team, 'list']],
    ['after the command', ['sources', 'list', '--organization', team, '--url', '<url>', '--json']],
    ['twice: the last one counts', ['--organization', 'nope', 'sources', 'list', '--organization', team, '--json']],
  ])('global options may stand %s', async (_, args) => {
    const stranger = args.some((one) => one.includes('<url>')) ? cli.with(nobody) : cli;
    const { code, stdout } = await stranger.run(args.map((one) => one.replace('<url>', hawser.url)));
    expect([code, JSON.parse(stdout)]).toEqual([0, { sources: [], cursor: null, has_more: false }]);
  });

  it('a global option is not taken as the value of another option, unless given with =', async () => {
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

  it('--help is not taken as the value of an option, and the failure points to the help', async () => {
    const { code, stderr } = await cli.run(['listen', '--source', '--help']);
    expect([code, stderr]).toEqual([
      2,
      "hawser: option '--source <id-or-name>' argument missing\n" +
        '  hawser listen --help shows the usage; a value that begins with -- is given as --source=--help\n',
    ]);
  });

  it('global options apply to usage errors, wherever they stand', async () => {
    const { code, stderr } = await cli.run(['--json', '--url', hawser.url, 'events', 'list', '--limit', 'many']);
    expect([code, JSON.parse(stderr)]).toEqual([
      2,
      expect.objectContaining({ hint: 'hawser events list --help shows the usage' }),
    ]);
  });

  it.each([
    [['--limit', '3', 'events', 'list'], '--limit', 'hawser events list'],
    [['--limit=3', 'events', 'list'], '--limit', 'hawser events list'],
    [['events', '--limit', '3', 'list'], '--limit', 'hawser events list'],
    [['--source', 'shop', 'listen', '--to', '3000'], '--source', 'hawser listen'],
    [['--search', 'sources', 'sources', 'list'], '--search', 'hawser sources list'],
    [['--source', 'events', 'listen', '--to', '3000'], '--source', 'hawser listen'],
  ])('an option of a command given before it is refused with its place: %j', async (args, option, command) => {
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`\n  ${option} goes after the command: ${command} ${option}`);
  });
});

describe('starting hawser', () => {
  const loads = async (...args: string[]) => {
    const { stderr } = await cli.run(args, { nodeArgs: TELLING_MODULES });
    expect(stderr).toContain('/commander/');
    return stderr.includes('/string-width/');
  };

  it('string-width is loaded only for a table with non-ASCII text', async () => {
    await cli.json('sources', 'create', '注文');
    expect(await loads('--version')).toBe(false);
    expect(await loads('sources', 'list', '--json')).toBe(false);
    expect(await loads('sources', 'list')).toBe(true);
  });
});
