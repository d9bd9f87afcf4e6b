import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const pages = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name))
  .concat('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md');

/** Of the type that docs/adding-a-destination.md makes up. */
const MADE_UP = 'functions/destinations/relay.test.ts';

describe.each(pages)('%s', (page) => {
  it('all links lead to files and headings that exist', () => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  it('all tests that it names exist, with the titles that it quotes', () => {
    expect(namedTestsOf(page).filter(({ file, titles }) => !isThere(file, titles))).toEqual([]);
  });
});

/** The relative links of a page. */
function linksOf(page: string): string[] {
  const text = readFileSync(join(project, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^https?:/.test(link));
}

/** Tests as pages name them: `a.test.ts`, "a part of a title", "another". */
function namedTestsOf(page: string): { readonly file: string; readonly titles: readonly string[] }[] {
  const text = readFileSync(join(project, page), 'utf8').replaceAll(/\s+/g, ' ');
  return [...text.matchAll(/`([\w/.-]+\/[\w.-]+\.test\.ts)`((?:,? (?:and )?"[^"]+")*)/g)].map(
    ([, file = '', quoted = '']) => ({
      file,
      titles: [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
    }),
  );
}

function isThere(file: string, titles: readonly string[]): boolean {
  if (file === MADE_UP) return true;
  const path = join(project, file);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  return titles.every((title) => text.includes(title));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(project, page) : join(project, dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
