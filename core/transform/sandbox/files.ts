/**
 * The two files that the sandbox's thread is made of. Node runs the sources as they are; beside a function's bundle lie what
 * lib/transform-sandbox.ts has put there.
 */
const isSource = import.meta.url.endsWith('.ts');

export const threadFile = new URL(isSource ? './thread.ts' : './sandbox-thread.mjs', import.meta.url);

export function wasmFile(): URL {
  return isSource
    ? new URL(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))
    : new URL('./emscripten-module.wasm', import.meta.url);
}
