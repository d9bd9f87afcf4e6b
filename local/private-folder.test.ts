import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makePrivateFolder } from './private-folder.ts';
import { temporaryFolder } from './testing/start-stack.ts';

const folder = temporaryFolder('private');
afterAll(() => folder.remove());

const modeOf = (path: string) => statSync(path).mode & 0o777;

it('missing parent folders are created too, all private, and existing ones are left alone', () => {
  makePrivateFolder(join(folder.path, 'a', 'b'));
  expect([modeOf(join(folder.path, 'a')), modeOf(join(folder.path, 'a', 'b'))]).toEqual([0o700, 0o700]);
  makePrivateFolder(join(folder.path, 'a', 'b'));
});

it('a folder that cannot be created is an error', () => {
  symlinkSync('nowhere', join(folder.path, 'dangling'));
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => makePrivateFolder(join(folder.path, 'dangling', 'data'))).toThrow('EEXIST');
  expect(() => makePrivateFolder(join(folder.path, 'file', 'data'))).toThrow('ENOTDIR');
});

it.skipIf(process.platform !== 'linux')('a folder in a kernel file system is an error (needs Linux)', () => {
  expect(() => makePrivateFolder('/proc/hawser/data')).toThrow('ENOENT');
});
