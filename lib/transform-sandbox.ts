import type { ICommandHooks } from 'aws-cdk-lib/aws-lambda-nodejs';

const thread = 'core/transform/sandbox/thread.ts';
const wasm = 'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm';

/** esbuild's arguments for the two files that core/transform/sandbox/files.ts expects beside a bundle. */
function sandboxArguments(outputDir: string): string[] {
  return [
    `sandbox-thread=${thread}`,
    wasm,
    '--bundle',
    '--minify',
    '--format=esm',
    '--platform=node',
    '--target=node24',
    '--loader:.wasm=copy',
    '--entry-names=[name]',
    '--out-extension:.js=.mjs',
    `--outdir=${outputDir}`,
  ];
}

/** Bundles the sandbox for functions that run transforms: these run in a worker thread, which needs a file of its own. */
export const sandboxBundling: ICommandHooks = {
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_, outputDir) => [`npx esbuild ${sandboxArguments(`"${outputDir}"`).join(' ')} --log-level=warning`],
};
