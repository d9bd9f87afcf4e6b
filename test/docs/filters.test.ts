import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filterField, problemsOf } from '../../core/filter/filter.ts';
import { fieldRoots } from '../../core/filter/filter-node.ts';
import * as limits from '../../core/filter/limits.ts';
import { operators } from '../../core/filter/operators.ts';

const page = readFileSync(new URL('../../docs/filters.md', import.meta.url), 'utf8');
/** Each row's operators and example. */
const rows = [...page.matchAll(/^\| ((?:`\$\w+` ?)+) \| .* \| `(\{.*\})` \|$/gm)].map(([, names = '', json = '']) => ({
  names: [...names.matchAll(/\$\w+/g)].map(([name]) => name),
  json,
}));
const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => json);

describe('docs/filters.md', () => {
  it('docs/filters.md has a row for each operator and each part of a filter', () => {
    expect(rows.flatMap(({ names }) => names).toSorted()).toEqual([...operators, '$and', '$not', '$or'].toSorted());
    for (const root of fieldRoots) expect(page).toMatch(new RegExp(`^\\| .*\`${root}\`.* \\| `, 'm'));
  });

  it.each([...rows.map(({ json }) => json), ...blocks])('docs/filters.md shows a valid filter: %s', (json) => {
    expect(filterField.safeParse(JSON.parse(json)).error).toBeUndefined();
  });

  it('docs/filters.md shows each operator in the example of its row', () => {
    for (const { names, json } of rows) expect(names.some((name) => json.includes(`"${name}"`))).toBe(true);
  });

  it('docs/filters.md names the actual limits', () => {
    for (const limit of Object.values(limits)) expect(page).toContain(limit.toLocaleString('en'));
    const path = `${'a.'.repeat(limits.MAX_PATH_LENGTH - 1)}a`;
    expect(problemsOf({ body: { [path]: 1 } })).toEqual([]);
    expect(problemsOf({ body: { [`${path}.a`]: 1 } })).toHaveLength(1);
  });
});
