import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.ts';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';

/** What the command line keeps, and where. Of a Hawser there is no more here than a session, which any key has. */

let server: HttpServer;
/** Another spelling of it is another Hawser. */
let url: string;
let somebody: Cli;
beforeAll(async () => {
  const session = { organization_name: 'default', scope: 'admin', api_key_id: null, api_key_name: null };
  server = await startHttpServer(({ headers }, response) => {
    const organization_name = headers['x-hawser-organization'] ?? session.organization_name;
    response.end(JSON.stringify({ ...session, organization_name }));
  });
  url = server.url;
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  somebody = await Cli.create();
});
afterEach(() => somebody.dispose());

const KEY = 'hwk_of_somebody';
const configFile = () => join(somebody.configHome, 'hawser', 'config.json');
const login = (...options: string[]) => somebody.run(['login', '--url', url, ...options], { stdin: KEY });

/** For Node: as if a function of node:fs/promises failed with it. */
function failing(name: 'chmod' | 'rename', message: string): readonly string[] {
  const script = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
fs.promises.${name} = async () => { throw new Error(${JSON.stringify(message)}); };
syncBuiltinESMExports();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

describe('a settings file that others can read', () => {
  it("a settings file that others can read and whose mode can't be changed is used with a warning", async () => {
    await login();
    await chmod(configFile(), 0o644);
    const { code, stdout, stderr } = await somebody.run(['whoami'], {
      nodeArgs: failing('chmod', 'EROFS: read-only file system'),
    });
    expect([code, stderr]).toEqual([
      0,
      `${configFile()} has keys in it, others can read it, and that can't be changed: EROFS: read-only file system\n`,
    ]);
    expect(stdout).toContain('the root key');
  });
});

describe('with HAWSER_URL and HAWSER_API_KEY', () => {
  const environment = () => ({ HAWSER_URL: url, HAWSER_API_KEY: KEY });

  it('an unreadable settings file is not opened', async () => {
    await mkdir(configFile(), { recursive: true });
    expect((await somebody.with(environment()).run(['whoami'])).code).toBe(0);
    const { code, stderr } = await somebody.with({ HAWSER_URL: url }).run(['whoami']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('with HAWSER_URL and HAWSER_API_KEY no file is needed'),
    ]);
  });

  it('a settings file that is broken or readable by others is ignored without a warning', async () => {
    await mkdir(dirname(configFile()));
    await writeFile(configFile(), '{"current":', { mode: 0o644 });
    const { code, stderr } = await somebody.with(environment()).run(['whoami', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect((await somebody.with({ HAWSER_API_KEY: KEY }).run(['whoami', '--url', url])).code).toBe(0);
  });
});

describe('login and logout', () => {
  it('login and logout use HAWSER_URL, not the last login', async () => {
    const first = url.replace('127.0.0.1', 'localhost');
    await somebody.run(['login', '--url', first], { stdin: KEY });
    await login();
    const { stdout } = await somebody.with({ HAWSER_URL: first }).run(['logout']);
    expect(stdout).toBe(`The key for ${first} is forgotten.\n`);
    expect((await somebody.run(['whoami'])).code).toBe(0);
    const again = await somebody.with({ HAWSER_URL: first }).run(['logout']);
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining(`you are not signed in to ${first}`)]);
  });

  it('logout exits with 3 when nobody is signed in', async () => {
    const { code, stderr } = await somebody.run(['logout']);
    expect([code, stderr]).toEqual([3, 'hawser: you are not signed in anywhere\n']);
  });

  it('login stores the organization of HAWSER_ORGANIZATION', async () => {
    const { stdout } = await somebody
      .with({ HAWSER_URL: url, HAWSER_ORGANIZATION: 'team-red' })
      .run(['login'], { stdin: KEY });
    expect(stdout).toContain('organization team-red');
    expect((await somebody.run(['whoami'])).stdout).toContain('team-red');
    const other = await somebody
      .with({ HAWSER_ORGANIZATION: 'team-red' })
      .run(['login', '--url', url, '--organization', 'team-blue'], { stdin: KEY });
    expect(other.stdout).toContain('organization team-blue');
  });
});

describe('writing the settings file', () => {
  const folder = () => dirname(configFile());

  it.each([
    ['exists', '{"current":null,"profiles":{}}'],
    ['does not exist yet', undefined],
  ])('a symbolic link is followed to a file that %s', async (_, content) => {
    const dotfiles = join(somebody.configHome, 'dotfiles');
    const target = join(dotfiles, 'hawser.json');
    for (const one of [folder(), dotfiles]) await mkdir(one);
    if (content !== undefined) await writeFile(target, content, { mode: 0o600 });
    await symlink('../dotfiles/hawser.json', configFile());
    expect((await login()).code).toBe(0);
    expect(await readlink(configFile())).toBe('../dotfiles/hawser.json');
    expect(await readFile(target, 'utf8')).toContain(KEY);
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(await readdir(dotfiles)).toEqual(['hawser.json']);
  });

  it('a symbolic link in a linked folder is followed', async () => {
    const dotfiles = join(somebody.configHome, 'dotfiles');
    await mkdir(join(dotfiles, 'hawser'), { recursive: true });
    await symlink('dotfiles/hawser', folder());
    await symlink('../secrets/hawser.json', configFile());
    expect((await login()).code).toBe(0);
    expect(await readFile(join(dotfiles, 'secrets', 'hawser.json'), 'utf8')).toContain(KEY);
    expect((await readdir(somebody.configHome)).toSorted()).toEqual(['dotfiles', 'hawser']);
    expect((await somebody.run(['whoami'])).code).toBe(0);
  });

  it('missing folders are created for their owner alone', async () => {
    const deep = join(somebody.configHome, 'a', 'b');
    const { code } = await somebody.with({ XDG_CONFIG_HOME: deep }).run(['login', '--url', url], { stdin: KEY });
    expect(code).toBe(0);
    for (const one of [dirname(deep), deep, join(deep, 'hawser')]) expect((await stat(one)).mode & 0o777).toBe(0o700);
  });

  it.skipIf(process.platform !== 'linux')("a folder that can't be created is a failure, on Linux", async () => {
    const nowhere = somebody.with({ XDG_CONFIG_HOME: '/proc/nope' });
    const outcome = await nowhere.run(['login', '--url', url], { stdin: KEY });
    expect([outcome.code, outcome.stderr]).toEqual([
      1,
      expect.stringContaining("/proc/nope/hawser/config.json can't be written: ENOENT"),
    ]);
  });

  it('a failed write leaves the old file, and no key beside it', async () => {
    await login();
    const before = await readFile(configFile(), 'utf8');
    const { code, stderr } = await somebody.run(['login', '--url', url.replace('127.0.0.1', 'localhost')], {
      stdin: 'hwk_another',
      nodeArgs: failing('rename', 'EBUSY: resource busy'),
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining("can't be written: EBUSY")]);
    expect(await readdir(folder())).toEqual(['config.json']);
    expect(await readFile(configFile(), 'utf8')).toBe(before);
  });
});
