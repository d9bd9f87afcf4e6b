import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AS_OLDER_NODE } from '../support/cli.ts';

/** A checkout that has no more than what starts the command line, and a Node of npm's that can't be run. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hawser-start-'));
  const bundled = join(folder, 'node_modules', 'node', 'bin');
  await Promise.all([mkdir(join(folder, 'cli')), mkdir(bundled, { recursive: true })]);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await copyFile(resolve(import.meta.dirname, '../../cli/hawser.js'), join(folder, 'cli', 'hawser.js'));
  await writeFile(join(bundled, 'node'), 'of another processor', { mode: 0o644 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("an older Node says in a sentence that the Node of npm ci can't be run", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...AS_OLDER_NODE, join(folder, 'cli', 'hawser.js'), 'whoami'],
    { encoding: 'utf8' },
  );
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /^hawser: needs Node 22\.18 or newer, .*node_modules\/node\/bin\/node can't be run: .*EACCES\n$/,
  );
});
