import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { type Assembly, readAssembly } from './cloudformation/assembly.ts';
import { accountId } from './cloudformation/names.ts';
import { parseTemplate, TemplateError } from './cloudformation/template.ts';
import { StartError } from './start-error.ts';

export interface SynthesisOptions {
  /** Where cdk.json lies. */
  readonly projectDir: string;
  /** Where the assembly goes; emptied before, and left alone while the same assembly is wanted. */
  readonly outputDir: string;
  /** Where API and ingest will be reached, on loopback. */
  readonly publicUrl: string;
  readonly region: string;
  readonly log: (line: string) => void;
  /** Ends the synthesis early. */
  readonly signal?: AbortSignal;
}

/** All that the template, the bundles and the dashboard are made from; the lock file stands for what is installed. */
const sources = ['bin', 'lib', 'core', 'functions', 'dashboard', 'cdk.json', 'package-lock.json'];

/** Beside the assembly: what it was made from. */
const fingerprintFile = 'hawser-fingerprint';

/** Stands in every local assembly, so that one synthesis does for all ports. */
const placeholderUrl = 'http://127.0.0.1:4100';

/** What differs from a deployment: destinations on this machine, and a known address. Wins over cdk.json. */
const overrides = {
  'hawser:destinationNetwork': 'loopback',
  'hawser:publicUrl': placeholderUrl,
  'hawser:ingestUrl': placeholderUrl,
};

/**
 * Synthesizes the CDK app in a process of its own, unless an earlier synthesis was of the same sources.
 * @throws StartError that shows what the CDK said.
 */
export async function synthesize(options: SynthesisOptions): Promise<Assembly> {
  const { projectDir, outputDir, publicUrl } = options;
  const fingerprint = fingerprintOf(options);
  const mark = join(outputDir, fingerprintFile);
  const isMarked = existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint;
  let assembly = isMarked ? wholeAssembly(outputDir) : undefined;
  if (!assembly) {
    const made = await cached(join(projectDir, 'node_modules', '.cache', 'hawser'), fingerprint, options);
    removeBeginningWith(mark, outputDir);
    // What is zipped already is a layer, 20 MB, which nothing here runs.
    cpSync(made, outputDir, { recursive: true, filter: (path) => !path.endsWith('.zip') });
    writeFileSync(mark, fingerprint);
    assembly = readAssembly(outputDir);
  }
  const template = JSON.stringify(assembly.template).replaceAll(placeholderUrl, publicUrl);
  return { ...assembly, template: parseTemplate(JSON.parse(template)) };
}

/**
 * The assembly, unless files of it are missing, as where the process was killed that was removing it.
 * @throws TemplateError where all is there, and the app would make the same again
 */
function wholeAssembly(directory: string): Assembly | undefined {
  try {
    const assembly = readAssembly(directory);
    // What is zipped already is not copied.
    const paths = [...assembly.assetPaths.values()].filter((path) => !path.endsWith('.zip'));
    return paths.every((path) => existsSync(path)) ? assembly : undefined;
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    return undefined;
  }
}

/** How many assemblies the cache keeps; a running stack has a copy of its own. */
const keptAssemblies = 4;

/**
 * The assembly of these sources out of the cache, which all data folders share.
 * It gets there by renaming, so that it is there as a whole or not at all, also when two processes make it at once.
 */
async function cached(cacheDir: string, fingerprint: string, options: SynthesisOptions): Promise<string> {
  const assemblyDir = join(cacheDir, fingerprint);
  // What is not there yet is not removed: by then another process may have made it.
  if (existsSync(assemblyDir)) {
    if (wholeAssembly(assemblyDir)) return assemblyDir;
    rmSync(assemblyDir, { recursive: true, force: true });
  }
  const startedMs = performance.now();
  options.log('synthesizing the CDK app (some seconds; skipped while nothing changes)');
  mkdirSync(cacheDir, { recursive: true });
  removeOldest(cacheDir);
  const workDir = mkdtempSync(join(cacheDir, 'synthesizing-'));
  try {
    await runApp(options, workDir);
    renameSync(workDir, assemblyDir);
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(assemblyDir)) throw error;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
  options.log(`synthesized in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return assemblyDir;
}

function removeOldest(cacheDir: string): void {
  const byAge = readdirSync(cacheDir)
    .map((name) => join(cacheDir, name))
    .map((path) => ({ path, mtimeMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { path } of byAge.slice(keptAssemblies - 1)) removeBeginningWith(join(path, 'manifest.json'), path);
}

/** First what makes it an assembly, so that what a kill in the middle leaves is not taken for one. */
function removeBeginningWith(file: string, directory: string): void {
  // Another start may be at the same old one.
  if (existsSync(file)) rmSync(file, { force: true });
  rmSync(directory, { recursive: true, force: true });
}

const cdkJsonSchema = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/** @throws StartError that says what is wrong with cdk.json. */
function contextOf(projectDir: string): Record<string, unknown> {
  try {
    return cdkJsonSchema.parse(JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8'))).context;
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new StartError(`cdk.json can't be used: ${problem}`);
  }
}

/** As the CDK CLI does it: the app gets its context and where to write by the environment. */
function runApp({ projectDir, region, signal }: SynthesisOptions, outputDir: string): Promise<void> {
  const context = contextOf(projectDir);
  const app = spawn(process.execPath, ['bin/hawser.ts'], {
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: outputDir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...overrides }),
      CDK_DEFAULT_ACCOUNT: accountId,
      CDK_DEFAULT_REGION: region,
      // The CloudFormation rules take half of a synthesis. They are about deployments: `npm run synth` and the tests apply them.
      CDK_VALIDATION: 'false',
    },
    ...(signal && { signal }),
  });
  let output = '';
  for (const stream of [app.stdout, app.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    app.once('error', reject);
    app.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new StartError(`the CDK app can't be synthesized:\n${output.trim()}`));
    });
  });
}

function fingerprintOf({ projectDir, region }: SynthesisOptions): string {
  const hash = createHash('sha256').update(JSON.stringify([overrides, region, process.version]));
  for (const file of sources.flatMap((source) => filesBelow(join(projectDir, source)))) {
    hash.update(`\0${relative(projectDir, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  // `dist` is what a build of the dashboard by hand leaves behind; what editors do has a dot, also a lock that is a link to nothing.
  const entries = readdirSync(path).filter((name) => !/^\.|\.test\.ts$|^dist$/.test(name));
  return entries.sort().flatMap((name) => filesBelow(join(path, name)));
}
