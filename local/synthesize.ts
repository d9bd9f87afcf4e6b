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
  /** The folder of cdk.json. */
  readonly projectDir: string;
  /** Where the assembly is written. It is emptied first, or left alone if it already holds the wanted assembly. */
  readonly outputDir: string;
  /** The loopback URL of the API and ingest. */
  readonly publicUrl: string;
  readonly region: string;
  readonly log: (line: string) => void;
  /** Ends the synthesis early. */
  readonly signal?: AbortSignal;
}

/** Everything that goes into the template, the bundles and the dashboard. The lock file stands for the installed packages. */
const sources = ['bin', 'lib', 'core', 'functions', 'dashboard', 'cdk.json', 'package-lock.json'];

/** A file beside the assembly with the fingerprint of its sources. */
const fingerprintFile = 'hawser-fingerprint';

/** Every local assembly contains this URL, so that one synthesis does for all ports. */
const placeholderUrl = 'http://127.0.0.1:4100';

/**
 * The context that differs from a deployment: destinations on this machine, and a known address. It takes precedence over
 * cdk.json.
 */
const overrides = {
  'hawser:destinationNetwork': 'loopback',
  'hawser:publicUrl': placeholderUrl,
  'hawser:ingestUrl': placeholderUrl,
};

/**
 * Synthesizes the CDK app in a process of its own, unless the same sources were synthesized before.
 * @throws StartError that shows the CDK's output.
 */
export async function synthesize(options: SynthesisOptions): Promise<Assembly> {
  const { projectDir, outputDir, publicUrl } = options;
  const fingerprint = fingerprintOf(options);
  const mark = join(outputDir, fingerprintFile);
  const isMarked = existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint;
  let assembly = isMarked ? completeAssembly(outputDir) : undefined;
  if (!assembly) {
    const cachedDir = await cachedAssembly(join(projectDir, 'node_modules', '.cache', 'hawser'), fingerprint, options);
    removeStartingWith(mark, outputDir);
    // The only zip file is a 20 MB layer, which nothing here runs.
    cpSync(cachedDir, outputDir, { recursive: true, filter: (path) => !path.endsWith('.zip') });
    writeFileSync(mark, fingerprint);
    assembly = readAssembly(outputDir);
  }
  const template = JSON.stringify(assembly.template).replaceAll(placeholderUrl, publicUrl);
  return { ...assembly, template: parseTemplate(JSON.parse(template)) };
}

/**
 * The assembly, unless files of it are missing, for example because a process was killed while removing it.
 * @throws TemplateError if all files are there: the app would produce the same assembly again
 */
function completeAssembly(directory: string): Assembly | undefined {
  try {
    const assembly = readAssembly(directory);
    // Zip files are not copied.
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
 * The assembly of these sources from the cache that all data folders share. It is put there by renaming, so it is always there as
 * a whole or not at all, even if two processes make it at once.
 */
async function cachedAssembly(cacheDir: string, fingerprint: string, options: SynthesisOptions): Promise<string> {
  const assemblyDir = join(cacheDir, fingerprint);
  // An assembly that isn't there yet must not be removed: another process may have made it by then.
  if (existsSync(assemblyDir)) {
    if (completeAssembly(assemblyDir)) return assemblyDir;
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
    // Another process put it there first.
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
  for (const { path } of byAge.slice(keptAssemblies - 1)) removeStartingWith(join(path, 'manifest.json'), path);
}

/** Removes `file`, which marks a complete assembly, first. So a folder left over from a kill midway isn't mistaken for one. */
function removeStartingWith(file: string, directory: string): void {
  // Another start may be removing the same folder.
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

/** Runs the app as the CDK CLI does: the environment tells it its context and where to write. */
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
      // Checking the CloudFormation rules takes half of a synthesis. They only concern deployments, and `npm run synth` and the
      // tests check them.
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
  // `dist` is left by a build of the dashboard by hand. Editors' files begin with a dot; some are lock files: dangling links.
  const entries = readdirSync(path).filter((name) => !/^\.|\.test\.ts$|^dist$/.test(name));
  return entries.sort().flatMap((name) => filesBelow(join(path, name)));
}
