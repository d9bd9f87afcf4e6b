import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, ROOT_KEY } from '../support/hawser.ts';
import { HAS_SCRIPT, LACKS_SCRIPT } from '../support/terminal.ts';
import { cli, hawser, withStack } from './stack.ts';

/** Every list, as a terminal of so many columns shows it. */
describe.skipIf(!HAS_SCRIPT)(`lists in a terminal${LACKS_SCRIPT}`, () => {
  withStack();
  beforeAll(async () => {
    const name = 'a source with a name that says much, and then some more';
    const to = `http://127.0.0.1:${await freePort()}/where/nobody/is`;
    await cli.json('sources', 'create', name);
    await cli.json('destinations', 'create', to, '--source', name, '--name', 'backend of the orders in the shop');
    await cli.json('trigger', 'shopify', '--source', name);
    await cli.json('keys', 'create', 'laptop of somebody', '--scope', 'write', '--expires-at', '2099-01-01T00:00:00Z');
    await cli.json('replay', '--dead-letters');
    await eventually('it is tried', async () => (await cli.run(['deliveries', 'list'])).stdout.includes('REFUSED'));
  });

  function shownAt(columns: number, list: string): readonly string[] {
    const entry = resolve(import.meta.dirname, '../../cli/hawser.js');
    const command = `stty columns ${columns}; '${process.execPath}' '${entry}' ${list} list 2>/dev/null`;
    const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, HAWSER_URL: hawser.url, HAWSER_API_KEY: ROOT_KEY, XDG_CONFIG_HOME: cli.configHome },
    });
    return stripVTControlCharacters(stdout).trimEnd().split(/\r?\n/);
  }

  const TIME = String.raw`(\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d-\d\d \d\d:\d\dZ|\d\d:\d\d:\d\dZ)`;
  it.each([
    ['sources', /^src_\w{32} {2}a sourc.*…/],
    ['destinations', /^dst_\w{32} {2}backen.*… +http +enabled/],
    ['connections', /^con_\w{32} {2}a sou.*… +back.*…/],
    ['events', new RegExp(`^${TIME} +evt_\\w{32} {2}a sou.*…`)],
    ['deliveries', new RegExp(`^${TIME} +dlv_\\w{32} .* (retrying|dead)\\b`)],
    ['replays', new RegExp(`^${TIME} +rpl_\\w{32} +(running|completed)`)],
    ['organizations', /^org_\w{32} {2}default +1970-01-01/],
    ['keys', /^key_\w{32} .*write .*2099-01-01$/],
  ])('the list of %s fits terminals of 80 and 60 columns', (list, row) => {
    for (const columns of [80, 60]) {
      const lines = shownAt(columns, list);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toMatch(row);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }
    const headingsAt = (columns: number) => shownAt(columns, list)[0]?.split(/ {2,}/) ?? [];
    // What is narrower still has no more of them.
    expect(headingsAt(60)).toEqual(expect.arrayContaining(headingsAt(30)));
  });
});
