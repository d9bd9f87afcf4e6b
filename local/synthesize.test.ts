import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StartError } from './start-error.ts';
import { synthesize } from './synthesize.ts';

/** Writes an assembly like a CDK app. The template's description is the context that the app was given. */
const app = `
import { mkdirSync, writeFileSync } from 'node:fs';
const { CDK_OUTDIR: out, CDK_CONTEXT_JSON: context } = process.env;
const write = (name, value) => writeFileSync(out + '/' + name, JSON.stringify(value));
write('manifest.json', { artifacts: {
  Hawser: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Hawser.template.json' } },
  'Hawser.assets': { type: 'cdk:asset-manifest', properties: { file: 'Hawser.assets.json' } },
} });
write('Hawser.assets.json', { files: { f00: {
  source: { path: 'asset.f00' }, destinations: { here: { bucketName: 'assets', objectKey: 'f00.zip' } },
} } });
mkdirSync(out + '/asset.f00');
write('Hawser.template.json', { Description: context, Resources: {} });
`;

let projectDir: string;
let lines: string[];

beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), 'hawser-synthesize-'));
  lines = [];
  for (const folder of ['bin', 'lib', 'core', 'functions', 'dashboard']) mkdirSync(join(projectDir, folder));
  writeFileSync(join(projectDir, 'package-lock.json'), '{}');
  writeFileSync(join(projectDir, 'cdk.json'), '{"context":{"flag":true,"hawser:publicUrl":"https://example.com"}}');
  writeFileSync(join(projectDir, 'bin', 'hawser.ts'), app);
});
afterEach(() => rmSync(projectDir, { recursive: true }));

const cache = () => join(projectDir, 'node_modules', '.cache', 'hawser');

function run({ publicUrl = 'http://127.0.0.1:4100', data = 'data' } = {}) {
  const outputDir = join(projectDir, data, 'cdk.out');
  return synthesize({ projectDir, outputDir, publicUrl, region: 'us-east-1', log: (line) => lines.push(line) });
}

it('the context of cdk.json is passed on with the overrides on top, and the assembly is read', async () => {
  const assembly = await run();
  expect(assembly.stackName).toBe('Hawser');
  expect(JSON.parse(assembly.template.Description ?? '')).toEqual({
    flag: true,
    'hawser:destinationNetwork': 'loopback',
    'hawser:publicUrl': 'http://127.0.0.1:4100',
    'hawser:ingestUrl': 'http://127.0.0.1:4100',
  });
  expect([...assembly.assetPaths]).toEqual([['f00.zip', join(projectDir, 'data', 'cdk.out', 'asset.f00')]]);
});

it('the synthesis is skipped while nothing but test files has changed', async () => {
  await run();
  writeFileSync(join(projectDir, 'lib', 'storage.test.ts'), 'changed');
  lines.length = 0;
  expect((await run()).stackName).toBe('Hawser');
  expect(lines).toEqual([]);
});

it.each(['manifest.json', 'Hawser.template.json', 'Hawser.assets.json', 'asset.f00'])(
  'the assembly is copied again if an interrupted start has left the mark and no %s',
  async (file) => {
    const whole = await run();
    lines.length = 0;
    rmSync(join(projectDir, 'data', 'cdk.out', file), { recursive: true });
    expect(await run()).toEqual(whole);
    expect(readdirSync(join(projectDir, 'data', 'cdk.out'))).toContain(file);
    expect(lines).toEqual([]);
  },
);

it.each(['manifest.json', 'Hawser.template.json', 'asset.f00'])(
  'the app is synthesized again if the cache has lost %s of an assembly',
  async (file) => {
    const whole = await run();
    const [fingerprint = ''] = readdirSync(cache());
    rmSync(join(cache(), fingerprint, file), { recursive: true });
    rmSync(join(projectDir, 'data'), { recursive: true });
    lines.length = 0;
    expect(await run()).toEqual(whole);
    expect(lines).toHaveLength(2);
  },
);

it("files whose name begins with a dot are ignored, such as an editor's lock, a dangling link", async () => {
  await run();
  lines.length = 0;
  symlinkSync('somebody@machine.4711:1795000000', join(projectDir, 'core', '.#fields.ts'));
  expect((await run()).stackName).toBe('Hawser');
  expect(lines).toEqual([]);
});

it.each([
  ['that is not JSON', '{"context": {', /^cdk\.json can't be used: .*JSON/],
  ['of another form', '{"context": []}', /^cdk\.json can't be used: .*context/s],
])('the error of a cdk.json %s names the file', async (_, content, problem) => {
  writeFileSync(join(projectDir, 'cdk.json'), content);
  const error = await run().catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({ message: expect.stringMatching(problem) });
});

it('another port and data folder need no further synthesis', async () => {
  await run();
  lines.length = 0;
  const assembly = await run({ publicUrl: 'http://127.0.0.1:5000', data: 'other' });
  expect(lines).toEqual([]);
  expect(assembly.template.Description).toContain('"hawser:publicUrl":"http://127.0.0.1:5000"');
  expect([...assembly.assetPaths.values()]).toEqual([join(projectDir, 'other', 'cdk.out', 'asset.f00')]);
});

it.each([
  ['a source file', () => writeFileSync(join(projectDir, 'functions', 'handler.ts'), 'new')],
  ['cdk.json', () => writeFileSync(join(projectDir, 'cdk.json'), '{}')],
  ['the lock file', () => writeFileSync(join(projectDir, 'package-lock.json'), '{"version":2}')],
])('the app is synthesized again after a change of %s', async (_, change) => {
  await run();
  lines.length = 0;
  change();
  await run();
  expect(lines).toHaveLength(2);
});

it('only a few assemblies are kept', async () => {
  for (const content of ['1', '2', '3', '4', '5', '6']) {
    writeFileSync(join(projectDir, 'functions', 'handler.ts'), content);
    await run();
  }
  expect(readdirSync(cache())).toHaveLength(4);
});

it("a failing app's output is shown, and the next start tries again", async () => {
  writeFileSync(
    join(projectDir, 'bin', 'hawser.ts'),
    "console.error('hawser:retentionDays is 0'); process.exitCode = 1;",
  );
  const failure = "the CDK app can't be synthesized:\nhawser:retentionDays is 0";
  await expect(run()).rejects.toThrow(failure);
  await expect(run()).rejects.toThrow(failure);
});
