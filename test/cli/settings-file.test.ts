import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.ts';

/** What the command line keeps, and where. Of a Hawser there is no more here than a session, which any key has. */

let server: Server;
/** Another spelling of it is another Hawser. */
let url: string;
let somebody: Cli;
beforeAll(async () => {
  const session = { organization_name: 'default', scope: 'admin', api_key_id: null, api_key_name: null };
  server = createServer(({ headers }, response) => {
    const organization_name = headers['x-hawser-organization'] ?? session.organization_name;
    response.end(JSON.stringify({ ...session, organization_name }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});
beforeEach(async () => {
  somebody = await Cli.create();
});
afterEach(() => somebody.dispose());

const KEY = 'hwk_of_somebody';
const configFile = () => join(somebody.configHome, 'hawser', 'config.json');
const login = (...options: string[]) => somebody.run(['login', '--url', url, ...options], { stdin: KEY });

/** For Node: in a file system where no mode can be changed. */
const READ_ONLY = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
fs.promises.chmod = async (path) => { throw new Error("EROFS: read-only file system, chmod '" + path + "'"); };
syncBuiltinESMExports();`)}`,
];

describe('a file that others can read', () => {
  it("and that can't be closed, as a secret that is mounted read-only, is used, and they are told", async () => {
    await login();
    await chmod(configFile(), 0o644);
    const { code, stdout, stderr } = await somebody.run(['whoami'], { nodeArgs: READ_ONLY });
    expect([code, stderr]).toEqual([
      0,
      `${configFile()} has keys in it, others can read it, and it can't be closed: EROFS: read-only file system, chmod '${configFile()}'\n`,
    ]);
    expect(stdout).toContain('the root key');
  });
});

describe('with HAWSER_URL and HAWSER_API_KEY', () => {
  const environment = () => ({ HAWSER_URL: url, HAWSER_API_KEY: KEY });

  it("nobody reads the file, be it one that can't be read", async () => {
    await mkdir(configFile(), { recursive: true });
    expect((await somebody.with(environment()).run(['whoami'])).code).toBe(0);
    const { code, stderr } = await somebody.with({ HAWSER_URL: url }).run(['whoami']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('with HAWSER_URL and HAWSER_API_KEY none is needed')]);
  });

  it('nor one that is broken, or that others can read', async () => {
    await mkdir(dirname(configFile()));
    await writeFile(configFile(), '{"current":', { mode: 0o644 });
    const { code, stderr } = await somebody.with(environment()).run(['whoami', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect((await somebody.with({ HAWSER_API_KEY: KEY }).run(['whoami', '--url', url])).code).toBe(0);
  });
});

describe('login and logout', () => {
  it('are about the Hawser of HAWSER_URL, not about that of the last login', async () => {
    const first = url.replace('127.0.0.1', 'localhost');
    await somebody.run(['login', '--url', first], { stdin: KEY });
    await login();
    const { stdout } = await somebody.with({ HAWSER_URL: first }).run(['logout']);
    expect(stdout).toBe(`The key for ${first} is forgotten.\n`);
    expect((await somebody.run(['whoami'])).code).toBe(0);
    const again = await somebody.with({ HAWSER_URL: first }).run(['logout']);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(`you are not signed in to ${first}`)]);
  });

  it('are in the organization of HAWSER_ORGANIZATION, which is kept', async () => {
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
