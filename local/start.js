// What `npm start` runs. It is plain JavaScript because before `npm ci` the system's Node runs it, which may not know TypeScript.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const isInstalled = existsSync(new URL('../node_modules/node', import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (!isInstalled) {
  fail('what it needs is not installed; run npm ci first');
} else if (major < 22 || (major === 22 && minor < 18)) {
  fail(`this is Node ${process.version}, which can't run it; npm start takes the Node 24 that npm ci has brought`);
} else {
  // For all functions together, what lib/name-lookups.ts sets for one. Here, because libuv reads it once, when its threads start.
  process.env.UV_THREADPOOL_SIZE ??= '64';
  // As the command line does (cli/hawser.js). Written as soon as the cache is ready, because not every run lives to its end.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hawser-local', import.meta.url)));
  await import('./main.ts');
  module.flushCompileCache();
}

/** @param {string} text */
function fail(text) {
  process.stderr.write(`hawser: ${text}\n`);
  process.exitCode = 1;
}
