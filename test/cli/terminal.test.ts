import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../support/http-server.ts';
import { CTRL_C, HAS_SCRIPT, LACKS_SCRIPT } from '../support/terminal.ts';

/** What asks, in a terminal. */

const entry = resolve(import.meta.dirname, '../../cli/hawser.js');
const nobody = { HAWSER_URL: 'http://127.0.0.1:1', HAWSER_API_KEY: 'none', XDG_CONFIG_HOME: '/dev/null' };

/** @param typed once the prompt is there */
async function inTerminal(args: readonly string[], prompt: string, typed: string, environment: object = nobody) {
  const command = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { ...process.env, ...environment },
  });
  let shown = '';
  child.stdout.on('data', (data) => {
    const before = shown;
    shown += data;
    if (shown.includes(prompt) && !before.includes(prompt)) child.stdin.write(typed);
  });
  const [code] = await once(child, 'close');
  return { code, shown };
}

const CTRL_D = '\u0004';

describe.skipIf(!HAS_SCRIPT)(`hawser in a terminal${LACKS_SCRIPT}`, () => {
  it.each([
    ['no', 'n\r'],
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('a deletion answered with %s deletes nothing', async (_, typed) => {
    const { code, shown } = await inTerminal(['sources', 'delete', 'shop'], '[y/N]', typed);
    expect(code).toBe(2);
    expect(shown).toMatch(/\[y\/N\].*\r\nhawser: nothing was done\r\n$/s);
    expect(shown).not.toContain('    at ');
  });

  describe('the prompt for a key', () => {
    let asked = 0;
    let server: HttpServer;
    let configHome: string;
    beforeAll(async () => {
      server = await startHttpServer((_, response) => {
        asked++;
        const session = { organization_name: 'default', scope: 'admin', api_key_id: null, api_key_name: null };
        response.end(JSON.stringify(session));
      });
      configHome = await mkdtemp(join(tmpdir(), 'hawser-cli-'));
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await rm(configHome, { recursive: true, force: true });
    });
    const typeKey = (typed: string) =>
      inTerminal(['login'], 'API key', typed, {
        HAWSER_URL: server.url,
        XDG_CONFIG_HOME: configHome,
      });

    it.each([
      ['Ctrl-C', `hwk_half${CTRL_C}`],
      ['Ctrl-D', CTRL_D],
    ])('%s stores no key and sends no request', async (_, typed) => {
      const { code, shown } = await typeKey(typed);
      expect([code, shown]).toEqual([2, expect.stringContaining('hawser: nothing was entered')]);
      expect(await readdir(configHome)).toEqual([]);
      expect(asked).toBe(0);
    });

    it('Return stores the key', async () => {
      const { code } = await typeKey('hwk_whole\r');
      expect(code).toBe(0);
      expect(await readFile(join(configHome, 'hawser', 'config.json'), 'utf8')).toContain('hwk_whole');
    });
  });

  it('the typed key is not shown', async () => {
    const { code, shown } = await inTerminal(['login'], 'API key', 'hwk_secret\r');
    expect([code, shown]).toEqual([5, expect.stringContaining("can't be reached")]);
    expect(shown).not.toContain('hwk_secret');
  });
});
