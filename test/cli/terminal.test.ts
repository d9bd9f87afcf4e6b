import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CTRL_C, HAS_SCRIPT, LACKS_SCRIPT } from '../support/terminal.ts';

/** What asks, in a terminal. Nothing here gets as far as a Hawser. */

const entry = resolve(import.meta.dirname, '../../cli/hawser.js');
const environment = { HAWSER_URL: 'http://127.0.0.1:1', HAWSER_API_KEY: 'none', XDG_CONFIG_HOME: '/dev/null' };

/** @param typed once the prompt is there */
async function inTerminal(args: readonly string[], prompt: string, typed: string) {
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
  ])('deletes nothing when that is answered with %s', async (_, typed) => {
    const { code, shown } = await inTerminal(['sources', 'delete', 'shop'], '[y/N]', typed);
    expect(code).toBe(2);
    expect(shown).toMatch(/\[y\/N\].*\r\nhawser: nothing was done\r\n$/s);
    expect(shown).not.toContain('    at ');
  });

  it.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('keeps no key where %s is pressed', async (_, typed) => {
    const { code, shown } = await inTerminal(['login'], 'API key', typed);
    expect([code, shown]).toEqual([2, expect.stringContaining('hawser: nothing was entered')]);
  });

  it('does not show the key', async () => {
    const { code, shown } = await inTerminal(['login'], 'API key', 'hwk_secret\r');
    expect([code, shown]).toEqual([5, expect.stringContaining("can't be reached")]);
    expect(shown).not.toContain('hwk_secret');
  });
});
