#!/usr/bin/env node
// Plain JavaScript, as it must run on whatever Node a user has: the rest is TypeScript, which Node runs by itself from 22.18 on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  // Stripping types and compiling takes more than half of a start: 0.25 s of a core, or 0.11 once it is kept. Not in Node's default, a
  // folder of the temporary one, which is anybody's on a shared machine. Where nothing may be written, nothing is kept.
  // https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hawser-cli', import.meta.url)));
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
} else {
  runByBundledNode();
}

/** By the npm package `node`, which brings Node 24 with `npm ci`. */
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
  // A signal may be for this process alone, or for its whole group, as Ctrl-C is: nothing tells which. So it is passed on, and as a
  // message (starter.ts): a child that has done all and is just leaving would die of a signal, and seem to have failed.
  /** @type {NodeJS.Signals | undefined} */
  let received;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      received ??= signal;
      // To one that is gone it can't be said, nor need it be.
      child.send('SIGTERM', () => {});
    });
  }
  // Of another processor, say, or without the right to be run. Then there is no `exit`.
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
    // As the command itself would have ended, had it been sent the signal.
    const fatal = received ?? signal;
    process.removeAllListeners(fatal);
    process.kill(process.pid, fatal);
  });
}
