import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSpec } from './function-spec.ts';

/** Writes `source` as the bundle of a function into a folder of its own, for tests that run real workers. */
export function writeFunction(
  folder: string,
  { source, spec }: { source: string; spec?: Partial<FunctionSpec> },
): FunctionSpec {
  const name = spec?.name ?? 'probe';
  const codeDir = join(folder, name);
  mkdirSync(codeDir, { recursive: true });
  writeFileSync(join(codeDir, 'index.mjs'), source);
  return {
    name,
    arn: `arn:aws:lambda:eu-west-1:000000000000:function:${name}`,
    codeDir,
    handler: 'index.handler',
    timeoutMs: 3_000,
    memoryMb: 128,
    environment: { GREETING: 'hello' },
    ...spec,
  };
}
