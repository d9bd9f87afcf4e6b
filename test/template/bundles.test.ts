import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { variable } from '../../functions/shared/environment.ts';
import { THREADS_VARIABLE } from '../../lib/name-lookups.ts';
import { SynthesizedTemplate } from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const template = new SynthesizedTemplate();
const environmentSchema = z.object({ Variables: z.record(z.string(), z.unknown()) });

/** The project's own source files that end up in the bundle of a function. */
async function sourcesOf(name: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [`${root}functions/${name}/handler.ts`],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  return Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
}

/** The variables that the sources name in a way that the pattern matches. */
function variablesIn(sources: string[], pattern: RegExp): string[] {
  const names = sources.flatMap((path) =>
    [...readFileSync(root + path, 'utf8').matchAll(pattern)].map(([, key]) => key),
  );
  return Object.entries(variable).flatMap(([key, name]) => (names.includes(key) ? [name] : []));
}

describe.each([
  ['ingest', 'IngestFunction'],
  ['fan-out', 'FanOutFunction'],
  ['delivery', 'DeliveryFunction'],
  ['replay', 'ReplaysFunction'],
  ['websocket', 'ClientsFunction'],
  ['management', 'ManagementFunction'],
])('the %s function', (name, idPrefix) => {
  const { properties } = template.one('AWS::Lambda::Function', idPrefix);
  const set = Object.keys(environmentSchema.parse(properties.Environment).Variables);

  test('gets every variable that its code requires', async () => {
    const required = variablesIn(await sourcesOf(name), /(?:require|parse)Env\(variable\.(\w+)/g);
    expect(required.length).toBeGreaterThan(0);
    expect(set).toEqual(expect.arrayContaining(required));
  });

  test('gets no variable that its code does not read', async () => {
    const read = [...variablesIn(await sourcesOf(name), /\bvariable\.(\w+)/g), THREADS_VARIABLE];
    expect(set.filter((key) => !read.includes(key))).toEqual([]);
  });
});
