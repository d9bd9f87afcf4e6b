#!/usr/bin/env node
// Plain JavaScript, because it must run on whatever Node a user has. The rest is TypeScript, which Node runs itself from 22.18
// on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  // Stripping types and compiling takes more than half of a start: 0.25 s of a core, or 0.11 s with the cache. Not in Node's
  // default folder, which is in the temporary folder and open to anybody on a shared machine. If the folder can't be written,
  // nothing is cached.
  // https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hawser-cli', import.meta.url)));
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
} else {
  runByBundledNode();
}

/** Uses the npm package `node`, which brings Node 24 with `npm ci`. */
function runByBundledNode() {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `hawser: needs Node 22.18 or newer, and this is ${process.version}. npm ci, in its folder, brings one\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A signal may be sent to this process alone or, as with Ctrl-C, to its whole group, and there is no way to tell. So it is
  // passed on, but as a message (starter.ts). A signal could kill a child that has finished and is just exiting, which would look
  // like a failure.
  /** @type {NodeJS.Signals | undefined} */
  let received;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      received ??= signal;
      // A child that is gone can't be told, and need not be.
      child.send('SIGTERM', () => {});
    });
  }
  // The binary may be for another processor, say, or not executable. Then there is no `exit` event.
  child.on('error', (error) => {
    process.stderr.write(
      `hawser: needs Node 22.18 or newer, and this is ${process.version}; ${node} can't be run: ${error.message}\n`,
    );
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    // Ends as the command itself would have, had it received the signal.
    const fatal = received ?? signal;
    process.removeAllListeners(fatal);
    process.kill(process.pid, fatal);
  });
}
