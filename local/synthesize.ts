import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { type Assembly, readAssembly } from './cloudformation/assembly.ts';
import { accountId } from './cloudformation/names.ts';
import { StartError } from './start-error.ts';

export interface SynthesisOptions {
  /** Where cdk.json lies. */
  readonly projectDir: string;
  /** Where the assembly goes; emptied before. */
  readonly outputDir: string;
  /** CDK context that wins over that of cdk.json. */
  readonly context: Readonly<Record<string, string>>;
  readonly region: string;
  readonly log: (line: string) => void;
  /** Ends the synthesis early. */
  readonly signal?: AbortSignal;
}

/** All that the template and the bundles are made from; the lock file stands for what is installed. */
const sources = ['bin', 'lib', 'core', 'functions', 'cdk.json', 'package-lock.json'];

/** Beside the assembly: what it was made from. */
const fingerprintFile = 'hawser-fingerprint';

/**
 * Synthesizes the CDK app in a process of its own, or reads what the last synthesis left when nothing has changed since.
 * @throws StartError that shows what the CDK said.
 */
export async function synthesize(options: SynthesisOptions): Promise<Assembly> {
  const { outputDir, log } = options;
  const fingerprint = fingerprintOf(options);
  const mark = join(outputDir, fingerprintFile);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint) return readAssembly(outputDir);

  const startedMs = performance.now();
  log('synthesizing the CDK app (some seconds; skipped while nothing changes)');
  rmSync(outputDir, { recursive: true, force: true });
  await mkdir(outputDir, { recursive: true });
  await runApp(options);
  const assembly = readAssembly(outputDir);
  writeFileSync(mark, fingerprint);
  log(`synthesized in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return assembly;
}

const cdkJsonSchema = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

/** As the CDK CLI does it: the app gets its context and where to write by the environment. */
function runApp({ projectDir, outputDir, context, region, signal }: SynthesisOptions): Promise<void> {
  const cdkJson = cdkJsonSchema.parse(JSON.parse(readFileSync(join(projectDir, 'cdk.json'), 'utf8')));
  const app = spawn(process.execPath, ['bin/hawser.ts'], {
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: outputDir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
      CDK_DEFAULT_ACCOUNT: accountId,
      CDK_DEFAULT_REGION: region,
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

function fingerprintOf({ projectDir, context, region }: SynthesisOptions): string {
  const hash = createHash('sha256').update(JSON.stringify([context, region, process.version]));
  for (const file of sources.flatMap((source) => filesBelow(join(projectDir, source)))) {
    hash.update(`\0${relative(projectDir, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path).filter((name) => !name.endsWith('.test.ts'));
  return entries.sort().flatMap((name) => filesBelow(join(path, name)));
}
