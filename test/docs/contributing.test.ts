import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');

/** Sources in a folder, as paths from the project's folder, without tests and their helpers. */
function sourcesOf(folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]sx?$/.test(name) && !/\.(test|fixture)\.ts$|(^|\/)testing\//.test(name))
    .map((name) => join(folder, name));
}

/** What a file imports from the project, as paths from the project's folder. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(project, file), 'utf8');
  return [...text.matchAll(/(?:from |import |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(project, resolve(project, dirname(file), path)),
  );
}

function wrongImports(folder: string, isAllowed: (imported: string) => boolean): string[] {
  const sources = sourcesOf(folder);
  expect(sources).not.toEqual([]);
  return sources.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !imported.startsWith(`${folder}/`) && !isAllowed(imported))
      .map((imported) => `${file} imports ${imported}`),
  );
}

const isIn = (imported: string, folders: readonly string[]) =>
  folders.some((folder) => imported === folder || imported.startsWith(`${folder}/`));

it.each<[folder: string, others: readonly string[]]>([
  ['core', []],
  ['cli', ['core', 'package.json']],
  ['functions/messages', ['core', 'functions/lifetimes.ts']],
  ['functions/stores', ['core', 'functions/messages', 'functions/lifetimes.ts']],
])('%s imports from the project only itself and %j', (folder, others) => {
  expect(wrongImports(folder, (imported) => isIn(imported, others))).toEqual([]);
});

it.each<[folder: string, others: readonly string[]]>([
  ['local', ['core', 'functions']],
  ['functions', ['local', 'lib', 'cli', 'bin', 'test', 'bench']],
])('%s imports nothing from %j', (folder, others) => {
  expect(wrongImports(folder, (imported) => !isIn(imported, others))).toEqual([]);
});

/** What every function may use. */
const common = ['shared', 'stores', 'messages', 'destinations', 'lifetimes.ts'].map((name) => `functions/${name}`);
const folders = readdirSync(join(project, 'functions'), { withFileTypes: true }).filter((one) => one.isDirectory());

describe.each(folders.map(({ name }) => `functions/${name}`))('%s', (folder) => {
  it('a function imports no other function', () => {
    const isAllowed = (imported: string) => !isIn(imported, ['functions']) || isIn(imported, common);
    expect(wrongImports(folder, isAllowed)).toEqual([]);
  });
});
