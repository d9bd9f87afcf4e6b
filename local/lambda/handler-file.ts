import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionSpec } from './function-spec.ts';

/** The stack bundles modules; the others are what Lambda's Node runtime takes as well. */
const EXTENSIONS = ['.mjs', '.js', '.cjs'];

/** Where a function's handler is. @throws Error when the bundle is not there: the stack is wrong, not an invocation. */
export function locateHandler(spec: FunctionSpec): { readonly moduleUrl: string; readonly exportName: string } {
  const { name, handler, codeDir } = spec;
  const dot = handler.lastIndexOf('.');
  const base = join(codeDir, handler.slice(0, dot));
  const file = EXTENSIONS.map((extension) => base + extension).find((candidate) => existsSync(candidate));
  if (dot < 1 || !file) throw new Error(`the function ${name} has no bundle for its handler ${handler} in ${codeDir}`);
  return { moduleUrl: pathToFileURL(file).href, exportName: handler.slice(dot + 1) };
}
