/**
 * The two files that the sandbox's thread needs. Node runs the sources directly; next to a function's bundle, there are the copies that
 * lib/transform-sandbox.ts put there.
 */
const isSource = import.meta.url.endsWith('.ts');

export const threadFile = new URL(isSource ? './thread.ts' : './sandbox-thread.mjs', import.meta.url);

export function wasmFile(): URL {
  return isSource
    ? new URL(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))
    : new URL('./emscripten-module.wasm', import.meta.url);
}
