import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionSpec } from './function-spec.ts';

/** The stack bundles modules. Lambda's Node runtime takes the other two as well. */
const EXTENSIONS = ['.mjs', '.js', '.cjs'];

/** Finds a function's handler. @throws Error if there is no bundle, because then the stack is wrong, not an invocation */
export function locateHandler(spec: FunctionSpec): { readonly moduleUrl: string; readonly exportName: string } {
  const { name, handler, codeDir } = spec;
  const dot = handler.lastIndexOf('.');
  const base = join(codeDir, handler.slice(0, dot));
  const file = EXTENSIONS.map((extension) => base + extension).find((candidate) => existsSync(candidate));
  if (dot < 1 || !file) throw new Error(`the function ${name} has no bundle for its handler ${handler} in ${codeDir}`);
  return { moduleUrl: pathToFileURL(file).href, exportName: handler.slice(dot + 1) };
}
