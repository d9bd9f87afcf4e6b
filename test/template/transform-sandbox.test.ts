import { execFile } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { eventWith } from '../../core/transform/transform.fixture.ts';
import type { Assembly } from '../../local/cloudformation/assembly.ts';
import { synthesize } from '../../local/synthesize.ts';
import { temporaryFolder } from '../../local/testing/start-stack.ts';

const projectDir = resolve(import.meta.dirname, '..', '..');
const folder = temporaryFolder('transform-sandbox');
const codeSchema = z.object({ Code: z.object({ S3Key: z.string() }) });

let assembly: Assembly;

beforeAll(async () => {
  const outputDir = join(folder.path, 'cdk.out');
  const publicUrl = 'http://127.0.0.1:4100';
  assembly = await synthesize({ projectDir, outputDir, publicUrl, region: 'us-east-1', log: () => {} });
});
afterAll(() => folder.remove());

/** What would be uploaded as the code of a function. */
function codeOf(idPrefix: string): string {
  const [resource] = Object.entries(assembly.template.Resources).filter(
    ([id, { Type }]) => id.startsWith(idPrefix) && Type === 'AWS::Lambda::Function',
  );
  const path = assembly.assetPaths.get(codeSchema.parse(resource?.[1].Properties).Code.S3Key);
  if (path === undefined) throw new Error(`${idPrefix} has no code`);
  return path;
}

/** Bundles a handler that runs a transform, as lib/hawser-function.ts bundles handlers. */
async function bundle(outfile: string): Promise<void> {
  const contents = `
    import { newTransformEngine } from './core/transform/engine.ts';
    const engine = newTransformEngine();
    export const handler = ({ code, event }) => engine.run(code, event, {});`;
  await build({
    stdin: { contents, resolveDir: projectDir },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
  });
}

const argument = {
  code: 'const transform = (event) => ({ body: event.json.a })',
  event: eventWith({ body: '{"a":1}' }),
};

describe.each(['DeliveryFunction', 'ManagementFunction'])('%s', (idPrefix) => {
  // Outside the reach of the project's node_modules.
  const directory = join(folder.path, idPrefix);
  const module = JSON.stringify(pathToFileURL(join(directory, 'index.mjs')));
  const invoke = `import(${module})
    .then(({ handler }) => handler(${JSON.stringify(argument)}))
    .then((outcome) => console.log(JSON.stringify(outcome)))`;

  beforeAll(async () => {
    cpSync(codeOf(idPrefix), directory, { recursive: true });
    await bundle(join(directory, 'index.mjs'));
  });

  test.each([
    ['as Lambda runs it', invoke],
    ['in a thread, as one machine runs it', `new Worker(${JSON.stringify(invoke)}, { eval: true })`],
  ])('the bundle finds the sandbox beside it, %s', async (_, script) => {
    const source = `import { Worker } from 'node:worker_threads'; ${script}`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
      cwd: directory,
    });
    expect(JSON.parse(stdout)).toEqual({ kind: 'transformed', result: { body: 1 }, logs: [] });
  });
});

test.each(['IngestFunction', 'FanOutFunction'])('%s consists of its bundle only', (idPrefix) => {
  expect(readdirSync(codeOf(idPrefix)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
});
