import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const functions = resolve(import.meta.dirname, '../../functions');

/** What all functions may use. */
const common = ['shared', 'stores', 'destinations'];
const folders = readdirSync(functions);

/** Sources of a folder, relative to `functions/`, without tests and what helps them. */
function sourcesOf(folder: string): string[] {
  return readdirSync(join(functions, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/(\.test|-under-test)\.ts$/.test(name))
    .map((name) => join(folder, name));
}

/** Folders of `functions/` that a file imports from. */
function importedFoldersOf(file: string): string[] {
  const text = readFileSync(join(functions, file), 'utf8');
  return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)]
    .map(([, path = '']) => relative(functions, resolve(dirname(join(functions, file)), path)).split(sep)[0] ?? '')
    .filter((folder) => folders.includes(folder));
}

describe.each(folders)('functions/%s', (folder) => {
  it('imports no function but itself', () => {
    const sources = sourcesOf(folder);
    expect(sources).not.toEqual([]);
    const wrong = sources.flatMap((file) =>
      importedFoldersOf(file)
        .filter((imported) => imported !== folder && !common.includes(imported))
        .map((imported) => `${file} imports functions/${imported}`),
    );
    expect(wrong).toEqual([]);
  });
});
