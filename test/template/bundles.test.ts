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

/** The project's own code in the bundle of a function, without what the bundler leaves out as unused. */
async function bundledCode(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}functions/${name}/handler.ts`],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  return outputFiles.map(({ text }) => text).join('\n');
}

/** The variables that the code names in a way that the pattern matches. */
function variablesIn(code: string, pattern: RegExp): string[] {
  const names = [...code.matchAll(pattern)].map(([, key]) => key);
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

  test('receives every variable that its code requires', async () => {
    const required = variablesIn(await bundledCode(name), /(?:require|parse)Env\(variable\.(\w+)/g);
    expect(required.length).toBeGreaterThan(0);
    expect(set).toEqual(expect.arrayContaining(required));
  });

  test('receives no variable that its code does not read', async () => {
    const read = [...variablesIn(await bundledCode(name), /\bvariable\.(\w+)/g), THREADS_VARIABLE];
    expect(set.filter((key) => !read.includes(key))).toEqual([]);
  });
});
