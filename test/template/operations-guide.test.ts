import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SynthesizedTemplate } from './support.ts';

const template = new SynthesizedTemplate();
const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

function uses(pattern: RegExp): string[][] {
  return [...guide.matchAll(pattern)].map((match) => match.slice(1));
}

test('the commands of the guide read existing outputs of the stack', () => {
  const names = new Set(uses(/\$\(output (\w+)\)/g).flat());
  expect(names.size).toBeGreaterThan(3);
  for (const name of names) expect(Object.keys(template.outputs)).toContain(name);
});

test('the commands of the guide find exactly one resource each', () => {
  const found = uses(/\$\(resource (AWS::\w+::\w+) (\w+)\)/g);
  const logGroups = uses(/^errors (\w+)$/gm).map(([prefix = '']) => ['AWS::Logs::LogGroup', prefix]);
  expect(found.length).toBeGreaterThan(3);
  for (const [type = '', prefix = ''] of [...found, ...logGroups]) {
    expect(() => template.one(type, prefix)).not.toThrow();
  }
});

test('every link within the guide leads to a heading', () => {
  const headings = new Set(uses(/^#+ (.+)$/gm).map(([heading = '']) => heading.toLowerCase().replaceAll(' ', '-')));
  for (const [anchor = ''] of uses(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
});
